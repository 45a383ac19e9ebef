select tracking_number, code, event_at, record_no from tracking_events order by all

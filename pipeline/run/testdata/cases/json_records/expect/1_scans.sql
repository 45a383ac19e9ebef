select tracking_number, code, event_at, tz_source, record_no from tracking_events order by event_at

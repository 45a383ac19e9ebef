select tracking_number, code, event_at, load_id[1:3] as feed, record_no from tracking_events order by all

select tracking_number, code, event_at, load_id from tracking_events order by all

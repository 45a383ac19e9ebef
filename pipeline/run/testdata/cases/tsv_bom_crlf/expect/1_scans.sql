select tracking_number, code, text, event_at, place from tracking_events order by event_at

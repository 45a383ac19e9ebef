select text, time_raw, flags from tracking_events order by event_at, text

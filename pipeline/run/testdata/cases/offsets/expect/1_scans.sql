select text, time_raw, strftime(timezone('UTC', event_at), '%Y-%m-%d %H:%M:%S') as utc, tz_source, flags from tracking_events order by text

select code, load_id from tracking_events order by code

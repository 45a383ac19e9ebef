select count(*) as scans, count(distinct code) as codes from tracking_events

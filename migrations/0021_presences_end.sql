-- A presence is a hint of minutes: housekeeping deletes what is older, so that it becomes no record of who looked at what.
grant delete on presences to aktivasi_app;

"""The HTTP edge: settings, sign-in, errors to status codes, routes of `/api/v1`."""

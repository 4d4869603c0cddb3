"""Distances on the earth."""

from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG
GEOFENCE_M = 500.0


def distance_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Great-circle distance in metres between two positions in degrees (haversine formula)."""
    phi, other_phi = radians(lat), radians(other_lat)
    half = sin((other_phi - phi) / 2) ** 2
    half += cos(phi) * cos(other_phi) * sin(radians(other_lon - lon) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(half)))


def is_position(lat: float, lon: float) -> bool:
    """Whether these are degrees of a place on the earth."""
    return -90 <= lat <= 90 and -180 <= lon <= 180

"""Events written by hand from the public descriptions of the format; none came out of our own writer.

Each is what a stock client or server sends, with its details. `FIXES` says what must be read of those that
are positions; everything else is read whole and moves nothing.
"""

from __future__ import annotations

DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
POINT = '<point lat="33.505" lon="38.98" hae="512.3" ce="4.5" le="9.0"/>'
UNKNOWN = '<point lat="0.0" lon="0.0" hae="9999999.0" ce="9999999.0" le="9999999.0"/>'


def event(
    type_: str, uid: str, detail: str = "", point: str = POINT, how: str = "m-g",
    time: str = "2026-03-01T06:00:00.123Z",
) -> bytes:  # fmt: skip
    stale = "2026-03-01T06:05:00.123Z"
    return (
        f'<event version="2.0" uid="{uid}" type="{type_}" how="{how}" time="{time}" start="{time}" '
        f'stale="{stale}">{point}<detail>{detail}</detail></event>'
    ).encode()


SELF = event(
    "a-f-G-U-C", "ANDROID-589520ccfcd20f01",
    '<takv os="33" version="4.10.0.12" device="GOOGLE PIXEL 6" platform="ATAK-CIV"/>'
    '<contact endpoint="*:-1:stcp" callsign="Сокол 3 · ö"/><uid Droid="Сокол 3"/>'
    '<precisionlocation altsrc="GPS" geopointsrc="GPS"/><__group role="Team Member" name="Cyan"/>'
    '<status battery="78"/><track course="123.4" speed="1.2"/>',
)  # fmt: skip
AEROPLANE = event(
    "a-n-A-C-F", "ICAO-4CA7B3", '<contact callsign="RYR12AB"/><track course="87.0" speed="221.2"/>'
)
HELICOPTER = event("a-n-A-C-H", "rescue-1", '<contact callsign="RESCUE 1"/>')
DRONE = event("a-f-A-M-F-Q", "uas-7")
VESSEL = event("a-u-S-X-M", "MMSI-211331640")
VEHICLE = event("a-n-G-E-V-C", "truck-9")
BY_HAND = event("a-h-G", "e1b0c1a2-marker", '<contact callsign="X.1"/><archive/>', how="h-g-i-g-o")
NO_FIX = event("a-f-G-U-C", "ANDROID-nofix", point=UNKNOWN)
UNKNOWN_ERROR = event(
    "a-f-G-U-C",
    "ANDROID-noerr",
    point='<point lat="33.5" lon="38.9" hae="9999999" ce="9999999" le="9999999"/>',
)

CIRCLE = event(
    "u-d-c-c", "circle-1",
    '<shape><ellipse major="55000.0" minor="55000.0" angle="360"/><link uid="circle-1.Style" '
    'type="b-x-KmlStyle" relation="p-c"><Style><LineStyle><color>ffff0000</color><width>3.0</width>'
    "</LineStyle>"
    '<PolyStyle><color>00ff0000</color></PolyStyle></Style></link></shape><strokeColor value="-65536"/>'
    '<strokeWeight value="3.0"/><fillColor value="16711680"/><contact callsign="Zone 55"/><archive/>',
    how="h-e",
)  # fmt: skip
POLYGON = event(
    "u-d-f", "poly-1",
    '<link point="33.5,38.9"/><link point="33.6,38.9"/><link point="33.6,39.0"/><link point="33.5,38.9"/>'
    '<strokeColor value="-1"/><fillColor value="0"/><contact callsign="Box"/><labels_on value="false"/>',
    how="h-e",
)  # fmt: skip
RECTANGLE = event(
    "u-d-r", "rect-1",
    '<link point="33.5,38.9"/><link point="33.6,38.9"/><link point="33.6,39.0"/><link point="33.5,39.0"/>',
    how="h-e",
)  # fmt: skip
ROUTE = event(
    "b-m-r", "route-1",
    '<link uid="w1" type="b-m-p-w" point="33.5,38.9" relation="c" callsign="SP"/><link uid="w2" '
    'type="b-m-p-c" point="33.6,38.9" relation="c"/><__routeinfo><__navcues/></__routeinfo>',
    how="h-e",
)  # fmt: skip
MARK = event(
    "b-m-p-s-m", "mark-1",
    '<usericon iconsetpath="COT_MAPPING_SPOTMAP/b-m-p-s-m/-1"/><color argb="-1"/><contact callsign="M 1"/>',
    how="h-g-i-g-o",
)  # fmt: skip
FENCE = event(
    "u-d-c-c", "fence-1",
    '<__geofence trigger="Entry" monitor="All" tracking="true" boundingSphere="75000.0" '
    'elevationMonitored="false" minElevation="NaN" maxElevation="NaN"/>', how="h-e",
)  # fmt: skip
ALERT = event("b-a-o-tbl", "ANDROID-5895-9-1-1", '<emergency type="911 Alert">Сокол 3</emergency>')
FENCE_ALERT = event("b-a-g", "fence-1-9-1-1", '<emergency type="Geo-fence Breached">Zone</emergency>')
ALERT_OVER = event("b-a-o-can", "ANDROID-5895-9-1-1", '<emergency cancel="true">Сокол 3</emergency>')
CHAT = event(
    "b-t-f", "GeoChat.ANDROID-5895.All Chat Rooms.563040b9",
    '<__chat parent="RootContactGroup" groupOwner="false" messageId="563040b9" chatroom="All Chat Rooms" '
    'id="All Chat Rooms" senderCallsign="A"><chatgrp uid0="ANDROID-5895" uid1="All Chat Rooms" '
    'id="All Chat Rooms"/></__chat><link uid="ANDROID-5895" type="a-f-G-U-C" relation="p-p"/><remarks '
    'source="BAO.F.ATAK.ANDROID-5895" to="All Chat Rooms" time="2026-03-01T06:00:00.000Z">at &lt;bridge&gt; '
    "&amp; waiting — 3 km</remarks>", how="h-g-i-g-o",
)  # fmt: skip
RECEIPTS = tuple(
    event(f"b-t-f-{kind}", "563040b9", '<__chatreceipt messageId="563040b9" chatroom="A"/>', how="h-g-i-g-o")
    for kind in "drps"
)
DELETED = event("t-x-d-d", "gone-1", '<link uid="circle-1" relation="none" type="none"/><__forcedelete/>')
PING = event("t-x-c-t", "ANDROID-5895-ping", point=UNKNOWN)
PONG = event("t-x-c-t-r", "takPong", point=UNKNOWN, how="h-g-i-g-o")

POSITIONS = (SELF, AEROPLANE, HELICOPTER, DRONE, VESSEL, VEHICLE, BY_HAND, UNKNOWN_ERROR)
OTHERS = (
    NO_FIX, CIRCLE, POLYGON, RECTANGLE, ROUTE, MARK, FENCE, ALERT, FENCE_ALERT, ALERT_OVER, CHAT, *RECEIPTS,
    DELETED, PING, PONG,
)  # fmt: skip
EVERY = (*POSITIONS, *OTHERS)

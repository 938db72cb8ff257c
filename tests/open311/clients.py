"""The clients georeport and three against a running server, in JSON and XML: address of the server, a key, a photo."""

import sys
from collections.abc import Mapping

from georeport import GeoReport
from three import Three

base, key, photo = sys.argv[1:4]
endpoint = f"{base}/open311/v2"
done = 0


def check(condition, what):
    global done
    assert condition, what
    done += 1


def rows(answer, child):
    """What georeport hands on of XML is wrapped as the document is."""
    while isinstance(answer, Mapping) and len(answer) == 1:
        answer = next(iter(answer.values()))
    return answer if isinstance(answer, list) else [answer]


# georeport, unmodified.
numbers = {}
for form in ("json", "xml"):
    client = GeoReport(endpoint, jurisdiction="wanglan.example", output_format=form)
    services = rows(client.get_service_list(), "service")
    check(any(one["service_code"] == "event-0113" for one in services), f"georeport {form}: services")
    definition = client.get_service_definition("event-0113")
    check("carriageway" in str(definition), f"georeport {form}: definition")
    found = rows(client.get_service_requests(status="open"), "request")
    check(found and all(one["status"] == "open" for one in found), f"georeport {form}: requests")
    number = found[0]["service_request_id"]
    one = rows(client.get_service_request(number), "request")
    check(one[0]["service_request_id"] == number, f"georeport {form}: one request")
    several = rows(client.get_service_requests(service_request_id=number), "request")
    check(len(several) == 1, f"georeport {form}: by number")
    numbers[form] = [one["service_request_id"] for one in found]
check(numbers["json"] == numbers["xml"], "georeport: both formats say the same")

# three, brought to Python 3 by lib2to3.
client = Three(endpoint, api_key=key, jurisdiction="wanglan.example", discovery=f"{base}/open311/discovery.json")
check(client.discovery()["endpoints"][0]["type"] == "production", "three: discovery")
check(Three(endpoint).discovery()["endpoints"], "three: discovery below the endpoint")
check(any(one["service_code"] == "other" for one in client.services()), "three: services")
check(client.services("event-0113")["attributes"][1]["code"] == "WHERE", "three: definition")
check(len(client.requests(count=3)) == 3, "three: requests, page_size")
with open(photo, "rb") as file:
    sent = client.post("event-0110", address="中山路 8 号", name="Li Wang", phone="555 0100", description="three", media=file)
check(len(sent) == 1 and sent[0].get("service_request_id"), f"three: POST with media: {sent}")
number = sent[0]["service_request_id"]
back = client.request(number)[0]
check(back["description"] == "three" and back["media_url"], f"three: one request: {back}")
check(client.session.get(back["media_url"]).status_code == 200, "three: the photo")
check("555" not in str(back) and "Wang" not in str(back), "three: nothing personal")
sent = client.post("event-0110", lat="31.2093", long="123.414", description="three without a photo")
check(sent[0].get("service_request_id"), f"three: POST: {sent}")
token = client.post("event-0405", address="中山路 8 号")[0]["token"]
check(client.token(token)[0]["token"] == token, "three: token")
refused = Three(endpoint, api_key="wrong").post("event-0110", address="x")
check(refused[0]["code"] == 403, f"three: a wrong key: {refused}")
between = client.requests(between=["03-01-2020", "03-31-2020"])
check(between == [], f"three: dates: {between}")
print(f"georeport and three: {done} checks")

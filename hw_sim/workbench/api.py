"""The workbench over HTTP: routes, answers, and how a refusal is written.

Decides addresses, statuses and caching. What happens on the bench is `Bench`'s business; who may come
in is decided by `guard` before a route is reached.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from hw_sim.workbench.bench import Bench
from hw_sim.workbench.bodies import FillDisk, HoldCoupon, LayCard, Plug, RunServer, SetNetwork, SetPower, Touch
from hw_sim.workbench.guard import BodyLimit, OnlyLoopback
from hw_sim.workbench.page import add_page
from hw_sim.workbench.problems import Problem

_PICTURE = {"schema": {"type": "string", "format": "binary"}}
_ABOUT = """The emulated surroundings of one terminal. Everything here moves devices, as hands would;
the terminal does not know that this exists."""


def _bench(request: Request) -> Bench:
    bench: Bench = request.app.state.bench
    return bench


TheBench = Annotated[Bench, Depends(_bench)]
Answer = dict[str, Any]

router = APIRouter(prefix="/api")


def create_app(bench: Bench) -> FastAPI:
    """The whole application for one bench."""
    app = FastAPI(
        title="Tapbon workbench",
        version="1",
        description=_ABOUT,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.bench = bench
    app.include_router(router)
    add_page(app)
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_error)
    # The last one added is the first one asked.
    app.add_middleware(BodyLimit)
    app.add_middleware(OnlyLoopback)
    return app


@router.get("/bench", tags=["bench"])
def get_bench(bench: TheBench, request: Request) -> Response:
    """What is plugged in, laid on and shown; answers also while the terminal does not."""
    return _cached(request, JSONResponse(bench.summary()))


@router.post("/reset", tags=["bench"])
def reset(bench: TheBench) -> Answer:
    """Sets the whole demo up anew: ledgers deleted and seeded, devices put back. Takes some seconds."""
    bench.reset()
    return bench.summary()


@router.get("/demo", tags=["bench"])
def get_demo(bench: TheBench) -> Answer:
    """Where the demo's office is, and its throwaway login."""
    office = bench.office
    return {
        "office": office.url,
        "user": office.user,
        "password": office.password,
        "password_file": office.password_file,
    }


@router.get("/log", tags=["bench"])
def get_log(bench: TheBench, lines: Annotated[int, Query(ge=1, le=1000)] = 100) -> Answer:
    """The terminal's last lines."""
    return {"lines": bench.log(lines)}


@router.get("/cards", tags=["cards"])
def get_cards(bench: TheBench) -> Answer:
    """The cards in the drawer, and the one that lies on the reader."""
    cards = [
        {"name": card.name, "uid": card.uid.hex(), "family": card.family, "description": card.description}
        for card in bench.catalogue.cards.values()
    ]
    return {"cards": cards, "laid": bench.summary()["card"]}


@router.post("/card", tags=["cards"])
def lay_card(body: LayCard, bench: TheBench) -> Answer:
    """Lays a card on the reader; one that lies there is taken off in the same moment."""
    bench.lay(body.card)
    return bench.summary()


@router.delete("/card", tags=["cards"])
def take_card(bench: TheBench) -> Answer:
    """Takes the card off."""
    bench.take()
    return bench.summary()


@router.post("/reader", tags=["cards"])
def plug_reader(body: Plug, bench: TheBench) -> Answer:
    """Plugs the card reader's cable in or out."""
    bench.plug_reader(body.plugged)
    return bench.summary()


@router.get("/coupons", tags=["camera"])
def get_coupons(bench: TheBench) -> Answer:
    """The demo's coupons."""
    coupons = [
        {
            "name": coupon.name,
            "text": coupon.text,
            "description": coupon.description,
            "image": f"/api/coupons/{quote(coupon.name, safe='')}.png",
        }
        for coupon in bench.catalogue.coupons.values()
    ]
    return {"coupons": coupons}


@router.get("/coupons/{name}.png", tags=["camera"], responses={200: {"content": {"image/png": _PICTURE}}})
def get_coupon(name: str, bench: TheBench, request: Request) -> Response:
    """A coupon as it is printed."""
    return _cached(request, Response(bench.coupon_png(name), media_type="image/png"))


@router.post(
    "/camera",
    tags=["camera"],
    openapi_extra={"requestBody": {"required": True, "content": {"image/png": _PICTURE, "image/jpeg": _PICTURE}}},
)
async def hold_image(request: Request, bench: TheBench) -> Answer:
    """Holds a PNG or JPEG picture to the camera, as if it were 6 cm long at 20 cm; at most 10 MB."""
    image = await request.body()
    await run_in_threadpool(bench.hold_image, image)
    return bench.summary()


@router.post("/camera/coupon", tags=["camera"])
def hold_coupon(body: HoldCoupon, bench: TheBench) -> Answer:
    """Holds one of the demo's coupons to the camera."""
    bench.hold_coupon(body.coupon)
    return bench.summary()


@router.delete("/camera", tags=["camera"])
def clear_camera(bench: TheBench) -> Answer:
    """Takes away what is held to the camera."""
    bench.clear_camera()
    return bench.summary()


@router.post("/camera/plug", tags=["camera"])
def plug_camera(body: Plug, bench: TheBench) -> Answer:
    """Plugs the camera's cable in or out."""
    bench.plug_camera(body.plugged)
    return bench.summary()


@router.get("/camera.jpg", tags=["camera"], responses={200: {"content": {"image/jpeg": _PICTURE}}})
def get_camera(bench: TheBench) -> Response:
    """What is before the camera."""
    return Response(bench.camera_frame(), media_type="image/jpeg")


@router.post("/touch", tags=["screen"])
def touch(body: Touch, bench: TheBench) -> Answer:
    """Touches a point, or the middle of a button; answers after the terminal handled it."""
    if body.label is not None:
        x, y = bench.touch_label(body.label)
    else:
        # The body has both or neither; it was checked there.
        x, y = bench.touch(body.x or 0, body.y or 0)
    return {"x": x, "y": y}


@router.get("/state", tags=["screen"])
def get_state(bench: TheBench, request: Request) -> Response:
    """The screen as a semantic tree: role, label, value, rectangle."""
    return _cached(request, JSONResponse(bench.state()))


@router.get("/screen.png", tags=["screen"], responses={200: {"content": {"image/png": _PICTURE}}})
def get_screen(bench: TheBench, request: Request) -> Response:
    """The screen as a picture."""
    return _cached(request, Response(bench.screen_png(), media_type="image/png"))


@router.post("/network", tags=["surroundings"])
def set_network(body: SetNetwork, bench: TheBench) -> Answer:
    """Pulls the network cable, or plugs it in."""
    bench.set_network(body.up, silently=body.silently)
    return bench.summary()


@router.post("/power", tags=["surroundings"])
def set_power(body: SetPower, bench: TheBench) -> Answer:
    """Cuts the terminal's power without warning, or gives it and waits for the first screen."""
    bench.set_power(body.on)
    return bench.summary()


@router.post("/disk", tags=["surroundings"])
def fill_disk(body: FillDisk, bench: TheBench) -> Answer:
    """Fills the terminal's disk, or makes space on it again."""
    bench.fill_disk(body.full)
    return bench.summary()


@router.post("/central", tags=["servers"])
def run_central(body: RunServer, bench: TheBench) -> Answer:
    """Kills the central system without warning, or starts it and waits until it serves."""
    bench.set_server("central", body.running)
    return bench.summary()


@router.post("/broker", tags=["servers"])
def run_broker(body: RunServer, bench: TheBench) -> Answer:
    """Kills the broker without warning, or starts it and waits until it serves."""
    bench.set_server("broker", body.running)
    return bench.summary()


def _cached(request: Request, answer: Response) -> Response:
    """`answer`, or 304 without a body when the client has it already."""
    tag = f'"{hashlib.blake2b(bytes(answer.body), digest_size=12).hexdigest()}"'
    known = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known:
        answer = Response(status_code=304)
    answer.headers["etag"] = tag
    answer.headers["cache-control"] = "no-cache"
    return answer


def _problem(status: int, body: Answer) -> Response:
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


async def _on_problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        raise error
    return _problem(error.status, error.as_json())


async def _on_invalid(request: Request, error: Exception) -> Response:
    """Pydantic's findings, in a sentence."""
    if not isinstance(error, RequestValidationError):
        raise error
    findings = [f"{'.'.join(str(part) for part in one['loc'][1:]) or 'body'}: {one['msg']}" for one in error.errors()]
    detail = "; ".join(findings[:5]) + f". What is taken: {request.app.openapi_url}"
    return _problem(422, {"title": "This cannot be used", "status": 422, "detail": detail})


async def _on_http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    detail = f"{request.method} {request.url.path[:100]}: {error.detail}. What there is: {request.app.openapi_url}"
    status = error.status_code
    answer = _problem(status, {"title": str(error.detail), "status": status, "detail": detail})
    answer.headers.update(error.headers or {})
    return answer

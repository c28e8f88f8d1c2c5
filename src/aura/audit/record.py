"""An audit as JSON can hold it."""

import json
from dataclasses import asdict
from typing import Any

from aura.audit.findings import Audit, Judgement, Score
from aura.audit.words import giveaways, remarks, verdict

_VERSION = 1


def audit_record(audit: Audit) -> dict[str, Any]:
    """Return every figure of an audit; None where one is not defined, no pictures."""
    return {
        "version": _VERSION,
        "is_clean": audit.is_clean,
        "verdict": verdict(audit),
        "n_videos": audit.n_videos,
        "n_real": audit.n_real,
        "n_fake": audit.n_fake,
        "n_groups": audit.n_groups,
        "n_unused": audit.n_unused,
        "settings": audit.config.model_dump(mode="json"),
        "places": [asdict(place) | {"remark": place.remark} for place in audit.places],
        "inconsistency": audit.inconsistency or None,
        "leaks": _leaks(audit),
        "leaking_groups": list(audit.leaks.groups),
        "label_conflicts": [asdict(conflict) for conflict in audit.conflicts],
        "n_looked_at": audit.n_looked_at,
        "n_mixed_near_groups": audit.n_mixed_near_groups,
        "composition": {
            one.column: [asdict(v) | {"share_fake": v.share_fake} for v in one.values]
            for one in audit.composition
        },
        "gives_away": list(giveaways(audit)),
        "shortcut": {
            "judgements": [_judgement(one) for one in audit.shortcut],
            "facts": [asdict(fact) for fact in audit.facts],
        },
        "inflation": [_judgement(one) for one in audit.judgements],
        "fitting": asdict(audit.fitting),
        "unread": [{"path": path, "reason": reason} for path, reason in audit.unread],
        "remarks": list(remarks(audit)),
    }


def audit_text(audit: Audit) -> str:
    """Return every figure of an audit as JSON text; equal audits give equal bytes."""
    return json.dumps(audit_record(audit), indent=2, sort_keys=True, allow_nan=False) + "\n"


def _leaks(audit: Audit) -> dict[str, Any]:
    leaks = audit.leaks
    return {
        "looked_for": leaks.has_places,
        "kinds": [asdict(kind) for kind in leaks.kinds],
        "pairs": [
            {
                "ties": [{"kind": kind, "value": value} for kind, value in pair.ties],
                "first": pair.first.video_id,
                "first_place": pair.first.place,
                "second": pair.second.video_id,
                "second_place": pair.second.place,
            }
            for pair in leaks.pairs
        ],
    }


def _judgement(one: Judgement) -> dict[str, Any]:
    return {
        "evidence": one.evidence,
        "model": one.model,
        "by_row": _score(one.by_row),
        "by_group": _score(one.by_group),
        "by_source": _score(one.by_source),
        "inflation": None if one.inflation is None else asdict(one.inflation),
    }


def _score(score: Score) -> dict[str, Any]:
    return asdict(score)

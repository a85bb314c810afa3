"""THE table of effects that chain.json may name, with their parameters; `effects` applies them.

Parameters carry pedalboard's own names and meaning; the ranges are those that stay useful and safe.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Knob:
    """A parameter of an effect; with `labels` its value is one of these words."""

    name: str
    minimum: float
    maximum: float
    default: float | str
    labels: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """What the parameter takes, for people."""
        if self.labels:
            return "one of " + ", ".join(self.labels)
        return f"{self.minimum:g}..{self.maximum:g}"


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect: its name in chain.json, which is pedalboard's too but for Pan and PitchShift."""

    name: str
    knobs: tuple[Knob, ...]

    @property
    def described(self) -> str:
        """Its parameters with what they take, for people."""
        return ", ".join(f"{knob.name} ({knob.allowed})" for knob in self.knobs)


def _cutoff(default: float) -> Knob:
    return Knob("cutoff_frequency_hz", 20, 20_000, default)


_SHELF = (_cutoff(440), Knob("gain_db", -24, 24, 0), Knob("q", 0.1, 10, 0.7071))
_MIX = Knob("mix", 0, 1, 0.5)
_LADDER = ("LPF12", "LPF24", "HPF12", "HPF24", "BPF12", "BPF24")

EFFECTS: dict[str, Effect] = {
    effect.name: effect
    for effect in (
        Effect("Gain", (Knob("gain_db", -60, 24, 0),)),
        Effect("Pan", (Knob("position", -1, 1, 0),)),  # -1 is left
        Effect("HighpassFilter", (_cutoff(50),)),
        Effect("LowpassFilter", (_cutoff(10_000),)),
        Effect("LowShelfFilter", _SHELF),
        Effect("HighShelfFilter", _SHELF),
        Effect("PeakFilter", _SHELF),
        Effect(
            "LadderFilter",
            (
                Knob("mode", 0, 5, "LPF12", _LADDER),
                Knob("cutoff_hz", 20, 20_000, 2_000),
                Knob("resonance", 0, 1, 0),
                Knob("drive", 1, 10, 1),
            ),
        ),
        Effect(
            "Compressor",
            (
                Knob("threshold_db", -60, 0, -18),
                Knob("ratio", 1, 20, 2),
                Knob("attack_ms", 0.1, 500, 10),
                Knob("release_ms", 1, 5_000, 100),
            ),
        ),
        Effect(
            "NoiseGate",
            (
                Knob("threshold_db", -100, 0, -60),
                Knob("ratio", 1, 20, 10),
                Knob("attack_ms", 0.1, 500, 1),
                Knob("release_ms", 1, 5_000, 100),
            ),
        ),
        Effect(
            "BrickwallLimiter",
            (
                Knob("ceiling_db", -40, 0, -1),
                Knob("release_ms", 1, 5_000, 100),
                Knob("lookahead_ms", 0.1, 50, 5),
            ),
        ),
        Effect("Clipping", (Knob("threshold_db", -40, 0, -6),)),
        Effect("Distortion", (Knob("drive_db", 0, 60, 12),)),
        Effect("Bitcrush", (Knob("bit_depth", 1, 32, 8),)),
        Effect(
            "Chorus",
            (
                Knob("rate_hz", 0.01, 20, 1),
                Knob("depth", 0, 1, 0.25),
                Knob("centre_delay_ms", 1, 50, 7),
                Knob("feedback", -0.95, 0.95, 0),
                _MIX,
            ),
        ),
        Effect(
            "Phaser",
            (
                Knob("rate_hz", 0.01, 20, 1),
                Knob("depth", 0, 1, 0.5),
                Knob("centre_frequency_hz", 50, 10_000, 1_300),
                Knob("feedback", -0.95, 0.95, 0),
                _MIX,
            ),
        ),
        Effect(
            "Delay",
            (Knob("delay_seconds", 0.001, 5, 0.5), Knob("feedback", 0, 0.95, 0.3), _MIX),
        ),
        Effect("PitchShift", (Knob("semitones", -24, 24, 0),)),
        Effect(
            "Reverb",
            (
                Knob("room_size", 0, 1, 0.5),
                Knob("damping", 0, 1, 0.5),
                Knob("wet_level", 0, 1, 0.33),
                Knob("dry_level", 0, 1, 0.4),
                Knob("width", 0, 1, 1),
                Knob("freeze_mode", 0, 1, 0),
            ),
        ),
    )
}

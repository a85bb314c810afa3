"""The decoder without gradients: the decoder's sound, in any company, as far as it is heard."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from starling.models.oneshot.inference_decoder import InferenceDecoder, audible_frames
from starling.models.oneshot.network import Config, OneShot
from starling.models.oneshot.spectral_head import HeadConfig, Transform

RINGS = 9.0  # nats by which the outputs of `dying` fall in a second


def noise_of(frames: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(5).standard_normal(frames, np.float32))


def made(
    inference: InferenceDecoder, mixed: torch.Tensor, frames: int, transform: Transform
) -> torch.Tensor:
    (raw,) = inference.head_outputs([mixed], [frames])
    return inference.sound(mixed, raw, frames, noise_of, transform)


@pytest.mark.parametrize("contour", [0, 4])
@pytest.mark.parametrize("transform", [Transform(), Transform(1.0, -3.0, 5.0)])
def test_sound_is_that_of_the_decoder(
    small_config: Config, contour: int, transform: Transform
) -> None:
    config = replace(
        small_config, contour=contour, head=HeadConfig(grain=3, overtones=2, noise_bands=12)
    )
    torch.manual_seed(1)
    model, frames = OneShot(config), 9001
    head, mixed = config.head, torch.randn(1, config.decoder_inputs)
    spectrum = torch.stft(
        noise_of(frames),
        head.n_fft,
        head.hop,
        window=model.decoder.head.window,
        return_complex=True,
    )
    with torch.no_grad():
        wanted = model.decoder(mixed, spectrum[None], frames, transform)[0][0]
    sound = made(InferenceDecoder(model), mixed, frames, transform)
    assert sound.shape == wanted.shape, "what does not fall silent is not cut"
    assert torch.allclose(sound, wanted, atol=1e-5 * float(wanted.abs().max()))


def test_company_does_not_change_bytes(small_config: Config) -> None:
    torch.manual_seed(2)
    inference = InferenceDecoder(OneShot(small_config))
    mixed = list(torch.randn(5, 1, small_config.decoder_inputs))
    frames = [5000, 17640, 4096, 9000, 5001]
    together = inference.head_outputs(mixed, frames)
    alone = [
        inference.head_outputs([each], [count])[0]
        for each, count in zip(mixed, frames, strict=True)
    ]
    assert all(torch.equal(*pair) for pair in zip(together, alone, strict=True))
    assert [raw.shape[1] for raw in together] == [count // 256 + 1 for count in frames]


def test_what_cannot_be_heard_is_left_out() -> None:
    """A sound whose outputs fall steadily: what is made of it is the beginning of the whole."""
    config = Config(classes=("kick",), width=32, blocks=1, condition=16)
    torch.manual_seed(3)
    model, frames = OneShot(config), config.frames
    (raw,) = InferenceDecoder(model).head_outputs([torch.randn(1, config.decoder_inputs)], [frames])
    seconds = torch.arange(raw.shape[1]) * config.head.hop / config.head.sample_rate
    dying = raw - RINGS * seconds[:, None]
    inference, mixed = InferenceDecoder(model), torch.zeros(1, config.decoder_inputs)
    with torch.inference_mode():
        head, power = (
            model.decoder.head,
            model.decoder.head.frame_controls(dying, Transform()).power()[0],
        )
        whole = head(
            dying,
            model.decoder.phases(mixed),
            model.decoder.click(mixed),
            torch.stft(noise_of(frames), 1024, 256, window=head.window, return_complex=True)[None],
            frames,
        )[0]
    sound = inference.sound(mixed, dying, frames, noise_of, Transform())
    assert len(sound) == audible_frames(power, config.head) < 0.9 * frames
    kept = len(sound) - config.head.n_fft
    assert torch.allclose(sound[:kept], whole[:kept], atol=1e-5 * float(whole.abs().max()))
    assert whole[kept:].square().mean().sqrt() < 1e-3 * whole[:4096].square().mean().sqrt()


def test_audible_ends_after_the_last_loud_frame() -> None:
    power = torch.tensor([1.0, 1e-3, 1e-9, 1e-6, 1e-8, 1e-9])
    head = HeadConfig()
    assert audible_frames(power, head) == 3 * head.hop + 3 * head.n_fft // 2
    assert audible_frames(torch.full((6,), torch.nan), head) == 5 * head.hop + 3 * head.n_fft // 2

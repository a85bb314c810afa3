// Notes that hold a texture. Audio thread only.
#include "Audio/Playing/Player.h"

namespace starling
{
/*  Each key and round-robin step has its own texture, as in Fresh mode: a bounce repeats them. */
void Player::startTexture(const NoteStart& start, int step) noexcept
{
    auto note = start;
    note.shift = settings.tracking ? start.note - settings.root : 0.0;
    textures.start(note, settings.soundKey.forKey(start.note, step).seed(), rate,
                   settings.isBounce);
}

TextureVoices::Shifts Player::shifts(double tune) const noexcept
{
    TextureVoices::Shifts result{};

    for (size_t channel = 0; channel < channels.size(); ++channel)
        result[channel] = tune + channels[channel].bend;

    return result;
}

bool Player::areTexturesReadyFor(int frames, const PlayerSettings& now) noexcept
{
    return textures.areReadyFor(frames, shifts(now.tune), rate);
}

void Player::dropUnready(int frames, const PlayerSettings& now) noexcept
{
    textures.giveUpWaiting(frames, shifts(now.tune), rate);
}
} // namespace starling

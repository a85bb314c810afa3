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

/*  Vibrato may take a key higher meanwhile, and then more frames. */
bool Player::areTexturesReadyFor(int frames, const PlayerSettings& now) noexcept
{
    return textures.areReadyFor(frames, channels.highest(now.tune), rate);
}

void Player::dropUnready(int frames, const PlayerSettings& now) noexcept
{
    textures.giveUpWaiting(frames, channels.highest(now.tune), rate);
}
} // namespace starling

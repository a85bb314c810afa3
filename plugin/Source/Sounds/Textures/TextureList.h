// The textures that the engine has. Worker thread only.
#pragma once

#include "Engine/EngineLink.h"
#include "Sounds/Textures/TextureControls.h"

namespace starling
{
/** Keeps the table of textures as the engine's is. Worker thread only. */
class TextureList
{
  public:
    TextureList(EngineLink& engineLink, ModelTable& textureTable, Parameters& params)
        : link(engineLink), table(textureTable), parameters(params)
    {
    }

    /** Request the list when it is due: one that was trained meanwhile plays without a restart. */
    void tick(bool connected);

    void forgetRequests();

    /** Whether the engine that we talk to has sent its list. */
    bool isKnown() const { return known; }

  private:
    void learn(const Items& items);

    EngineLink& link;
    ModelTable& table;
    Parameters& parameters;
    std::vector<ModelSpec> last; // the engine's last list
    bool known = false, isRequesting = false;
    double requestAt = 0.0;
};
} // namespace starling

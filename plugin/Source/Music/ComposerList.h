// The composers that the engine has. Worker thread only.
#pragma once

#include "Engine/EngineLink.h"
#include "Wire/ModelTable.h"

namespace starling
{
class ComposerList
{
  public:
    explicit ComposerList(EngineLink& engineLink) : link(engineLink) {}

    /** Request the list when it is due: one that was trained meanwhile writes without a restart. */
    void tick(bool connected);

    void forgetRequests();

    /** Whether the engine that we talk to has sent its list. */
    bool isKnown() const { return known; }
    const std::vector<ModelSpec>& models() const { return last; }

  private:
    EngineLink& link;
    std::vector<ModelSpec> last;
    bool known = false, isRequesting = false;
    double requestAt = 0.0;
};
} // namespace starling

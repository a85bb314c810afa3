// What the host is told of beside the values of parameters: that a project would hold something
// else, and that parameters are called otherwise.
#include "PluginProcessor.h"

namespace starling
{
namespace
{
/** Scripts read names one after the other while the engine is being found, and pedalboard gives up
    where one has changed meanwhile: for them the controls keep their numbers. */
bool isScript()
{
    static const auto host = juce::File::getSpecialLocation(juce::File::hostApplicationPath);
    return host.getFileName().startsWithIgnoreCase("python");
}
} // namespace

int PluginProcessor::savedSerial() const noexcept
{
    return bank.savedSerial() + palette.serial() + choices.serial() + player.chips.song.serial() +
           models.serial() + textures.serial();
}

/*  Of what Parameters has texts from: the lists, and which model is chosen. */
int PluginProcessor::namesSerial() const noexcept
{
    return (models.serial() + textures.serial()) * protocol::modelSlots +
           parameters.soundKey().model;
}

void PluginProcessor::noticeChanges()
{
    if (isLoading)
        return;

    const auto saved = savedSerial(), names = namesSerial();
    const auto isOther = toldSaved.exchange(saved) != saved;
    const auto isRenamed = toldNames.exchange(names) != names;

    if (isOther)
        hasChanged = true;

    if (isRenamed)
        hasNewNames = true;

    if (isOther || isRenamed)
        triggerAsyncUpdate();
}

void PluginProcessor::handleAsyncUpdate()
{
    const auto isRenamed = hasNewNames.exchange(false) && !isScript();

    if (isRenamed)
        parameters.renewNames();

    updateHostDisplay(ChangeDetails()
                          .withNonParameterStateChanged(hasChanged.exchange(false))
                          .withParameterInfoChanged(isRenamed));
}
} // namespace starling

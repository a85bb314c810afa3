// A handle by which the chip's song is dragged out as a file of one format. Message thread only.
#pragma once

#include "Editor/Widgets/Shape.h"
#include "Music/SongFiles.h"
#include "PluginProcessor.h"

namespace starling
{
class FileHandle final : public juce::TextButton
{
  public:
    FileHandle(PluginProcessor& pluginProcessor, SongFormat songFormat, const char* name);

    /** Dragged: to a track or a folder; clicked: shown in its folder. */
    void mouseDrag(const juce::MouseEvent& event) override;
    void mouseUp(const juce::MouseEvent& event) override;

    /** Write the file; no file where it cannot be, or there is no song. */
    juce::File write() const;

  private:
    PluginProcessor& processor;
    const SongFormat format;
    bool isDragged = false;
};
} // namespace starling

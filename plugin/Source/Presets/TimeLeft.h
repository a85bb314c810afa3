// How long work still takes, by how fast it has been.
#pragma once

#include <juce_core/juce_core.h>

namespace starling
{
/** Takes the reports of a long piece of work. One thread at a time. */
class TimeLeft
{
  public:
    /** So much of it is done, 0..1, at this time in ms. A fraction below the last one begins anew:
        another part of the work. */
    void report(float fraction, double atMs);

    /** "About 2 minutes left"; empty until the pace is steady. */
    juce::String text() const;

  private:
    float first = 0.0f, last = 0.0f;
    double firstMs = 0.0, lastMs = 0.0;
    int reports = 0;
};
} // namespace starling

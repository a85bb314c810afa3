// Any processor.
#include "processors/portable.h"
#include "samplernn/step.h"

namespace starling::samplernn
{
const Backend portable{"portable", &Step<Portable>::advance, &read<Portable>};
}

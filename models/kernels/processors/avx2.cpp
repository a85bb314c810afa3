// AVX2 and FMA: most x86 processors since 2013.
#include "samplernn/network.h"

#if defined(__AVX2__) && defined(__FMA__)
#include "processors/avx2.h"
#include "samplernn/step.h"

namespace starling::samplernn
{
const Backend avx2{"avx2", &Step<Avx2>::advance, &read<Avx2>};
}
#else
namespace starling::samplernn
{
const Backend avx2{"avx2", nullptr, nullptr};
}
#endif

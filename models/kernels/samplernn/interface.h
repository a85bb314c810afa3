// The plain C interface of SampleRNN's generator: opaque handles, arrays, codes. Functions that
// return int give 0, or -1 and a sentence in samplernn_error(). Handles are not thread-safe; a
// network is only read once it is complete, so any number of batches may share it.
#pragma once

#include <cstdint>

#if defined(_WIN32)
#define SAMPLERNN_API extern "C" __declspec(dllexport)
#else
#define SAMPLERNN_API extern "C" __attribute__((visibility("default")))
#endif

namespace starling::samplernn
{
struct Network;
struct Batch;
} // namespace starling::samplernn

using samplernn_network = starling::samplernn::Network;
using samplernn_batch = starling::samplernn::Batch;

/** What a tensor given to samplernn_tensor() is. Its shape, row-major, with D the tiers' width, M
    the perceptron's, F a frame, G gates (GRU 3, LSTM 4), R the tier's ratio, W what it hands down
    (M of the lowest tier, else D). Weight norm is folded in. */
enum samplernn_part : int32_t
{
    SAMPLERNN_EXPAND = 0,           // (D, F)
    SAMPLERNN_INPUT = 1,            // (G D, D), from the input to the gates
    SAMPLERNN_INPUT_BIAS = 2,       // (G D)
    SAMPLERNN_HIDDEN = 3,           // (G D, D), from the state to the gates
    SAMPLERNN_HIDDEN_BIAS = 4,      // (G D)
    SAMPLERNN_UPSAMPLE = 5,         // (R W, D), or (W, D) where positions share it
    SAMPLERNN_POSITION = 6,         // (R, W)
    SAMPLERNN_TABLE = 7,            // (frame, 256, M): embedding times the input convolution; with
                                    // prediction (frame + 2, 256, M): what was predicted, spread
    SAMPLERNN_MLP_HIDDEN = 8,       // (M, M)
    SAMPLERNN_MLP_HIDDEN_BIAS = 9,  // (M)
    SAMPLERNN_MLP_OUTPUT = 10,      // (256, M), with prediction of distances from what is predicted
    SAMPLERNN_MLP_OUTPUT_BIAS = 11, // (256)
    SAMPLERNN_EXCESS = 12,          // (26, 256), with prediction: logits by spread and distance
    SAMPLERNN_RATES = 13,           // (26), with prediction: of the likelihood's fall, a step
    SAMPLERNN_BIASES = 14,          // (256), with prediction: of each level
    SAMPLERNN_PARTS = 15
};

/** Raised whenever a function or the meaning of an argument changes. */
SAMPLERNN_API int32_t samplernn_abi(void);

/** Why the last call on this thread failed. */
SAMPLERNN_API const char* samplernn_error(void);

/** The instruction sets that were compiled in and that this processor has, fastest first, with
    spaces between them. */
SAMPLERNN_API const char* samplernn_instruction_sets(void);

/** An empty network. `frame_sizes` lowest tier first; `scaled` has what a tier takes for each of
    256 levels; `instruction_set` is one of the list, or empty for the fastest. */
SAMPLERNN_API int32_t samplernn_network_new(const int32_t* frame_sizes, int32_t tiers, int32_t dim,
                                            int32_t layers, int32_t lstm, int32_t mlp,
                                            int32_t shared_upsampling, int32_t int8,
                                            const float* scaled, const char* instruction_set,
                                            samplernn_network** made);

/** Let the network be given linear prediction of this order, by the tables of prediction.py:
    `samples` (256), `window` (4096), `nearest` (65536), `edges` (25). Before any tensor. */
SAMPLERNN_API int32_t samplernn_prediction(samplernn_network* network, int32_t order,
                                           const int32_t* samples, const int16_t* window,
                                           const uint8_t* nearest, const int32_t* edges);

/** What is predicted for each of these levels after silence: level, spread and offset
    (count, 3). */
SAMPLERNN_API int32_t samplernn_expected(int32_t order, const int32_t* samples,
                                         const int16_t* window, const uint8_t* nearest,
                                         const int32_t* edges, const uint8_t* levels, int64_t count,
                                         uint8_t* expected);

/** Pack one tensor of `size` numbers. `factors`, one a column or null, divide what the matrix is
    multiplied by before it is rounded to int8, and multiply its columns. */
SAMPLERNN_API int32_t samplernn_tensor(samplernn_network* network, int32_t part, int32_t tier,
                                       int32_t layer, const float* data, int64_t size,
                                       const float* factors);

/** Whether all tensors are there. */
SAMPLERNN_API int32_t samplernn_complete(const samplernn_network* network);

/** Bytes of packed weights and tables. */
SAMPLERNN_API int64_t samplernn_bytes(const samplernn_network* network);
SAMPLERNN_API void samplernn_network_free(samplernn_network* network);

/** `count` voices of a complete network, which must outlive them. */
SAMPLERNN_API int32_t samplernn_batch_new(const samplernn_network* network, int32_t count,
                                          samplernn_batch** made);
SAMPLERNN_API void samplernn_batch_free(samplernn_batch* batch);

/** Begin a voice: `state` (tiers, tensors, layers, D), `inputs` (tiers, D): the tiers' bias with
    what a condition adds. Its levels before the first are `silence`. */
SAMPLERNN_API int32_t samplernn_start(samplernn_batch* batch, int32_t voice, uint64_t seed,
                                      const float* state, const float* inputs, int32_t silence);

/** Change what the tiers add to their input, (tiers, D). */
SAMPLERNN_API int32_t samplernn_inputs(samplernn_batch* batch, int32_t voice, const float* inputs);

/** How the voice draws from the next sample on. */
SAMPLERNN_API int32_t samplernn_draw(samplernn_batch* batch, int32_t voice, double temperature,
                                     double top_p, double min_p);

/** Read the given levels (count, samples) as if the voices had made them. `bits` (count, samples),
    or null: the cost of each, -log2 of its probability at temperature 1. */
SAMPLERNN_API int32_t samplernn_force(samplernn_batch* batch, const int32_t* voices, int32_t count,
                                      const uint8_t* levels, int64_t samples, float* bits);

/** The next samples of these voices, (count, samples). */
SAMPLERNN_API int32_t samplernn_generate(samplernn_batch* batch, const int32_t* voices,
                                         int32_t count, int64_t samples, uint8_t* levels);

/** Samples that a voice has read and made since it began. */
SAMPLERNN_API int64_t samplernn_position(const samplernn_batch* batch, int32_t voice);

/** A voice's recurrent state (tiers, tensors, layers, D). */
SAMPLERNN_API int32_t samplernn_state(const samplernn_batch* batch, int32_t voice, float* state);

/** From now on note the largest magnitude that each column of each matrix is multiplied by. */
SAMPLERNN_API int32_t samplernn_watch(samplernn_batch* batch);

/** What was noted for a matrix, one number a column. */
SAMPLERNN_API int32_t samplernn_watched(const samplernn_batch* batch, int32_t part, int32_t tier,
                                        int32_t layer, float* largest, int64_t size);

/** Read `bytes` of memory `rounds` times at full speed; seconds of this thread's processor time.
    What a generator is measured against that has to read its weights for every sample. */
SAMPLERNN_API double samplernn_read_seconds(int64_t bytes, int32_t rounds);

/* A tiny VST2 synth, by its binary interface only, that behaves as BEHAVIOUR says.
 *
 * Four parameters: level (continuous), wave (three named steps), tone (continuous, shown rounded to
 * one decimal), mute (two steps). Its phase is never reset, as in many real plugins. A STATEFUL one
 * takes chunks: a byte for each parameter in 255ths, then one that no parameter has, its octave.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef THREADED
#include <pthread.h>
#include <unistd.h>
#endif

enum { GOOD, ABORT_IN_RENDER, HANG_IN_RENDER, SILENT, ABORT_ON_OPEN, NOT_NUMBERS, NOISY,
       ABORT_ON_SAW, STATEFUL };
#ifndef BEHAVIOUR
#define BEHAVIOUR GOOD
#endif

typedef struct Effect Effect;
struct Effect
{
    int32_t magic;
    intptr_t (*dispatch)(Effect *, int32_t, int32_t, intptr_t, void *, float);
    void (*processOld)(Effect *, float **, float **, int32_t);
    void (*setParameter)(Effect *, int32_t, float);
    float (*getParameter)(Effect *, int32_t);
    int32_t programs, parameters, inputs, outputs, flags;
    intptr_t reserved[2];
    int32_t delay, qualities[2];
    float ratio;
    void *object, *user;
    int32_t id, version;
    void (*process)(Effect *, float **, float **, int32_t);
    void (*processDouble)(Effect *, double **, double **, int32_t);
    char future[56];
};

enum { CLOSE = 1, DISPLAY = 7, NAME = 8, GET_CHUNK = 23, SET_CHUNK = 24, EVENTS = 25, CATEGORY = 35, TITLE = 45, VERSION = 58 };
enum { REPLACING = 1 << 4, CHUNKS = 1 << 5, IS_SYNTH = 1 << 8, SYNTH_CATEGORY = 2, PARAMETERS = 4 };

typedef struct
{
    float values[PARAMETERS];
    int note; /* -1 when no key is down */
    double phase;
    unsigned char chunk[PARAMETERS + 1];
} State;

typedef struct { int32_t type, size, delta, flags, length, offset; unsigned char midi[4]; } Event;
typedef struct { int32_t count; intptr_t reserved; Event *events[1]; } Events;

static const char *const names[PARAMETERS] = {"level", "wave", "tone", "mute"};
static const char *const waves[3] = {"Sine", "Square", "Saw"};

static void display(State *state, int index, char *text)
{
    const float value = state->values[index];
    if (index == 1)
        strcpy(text, waves[(int)(value * 2.999f)]);
    else if (index == 3)
        strcpy(text, value < 0.5f ? "Off" : "On");
    else
        sprintf(text, index == 2 ? "%.1f" : "%.4f", value);
}

static void take(State *state, const Events *events)
{
    for (int i = 0; i < events->count; ++i)
    {
        const unsigned char *midi = events->events[i]->midi;
        if ((midi[0] & 0xF0) == 0x90 && midi[2] > 0)
            state->note = midi[1];
        else if ((midi[0] & 0xF0) == 0x80 || (midi[0] & 0xF0) == 0x90)
            state->note = -1;
    }
}

static intptr_t save(State *s, void **chunk)
{
    for (int i = 0; i < PARAMETERS; ++i)
        s->chunk[i] = (unsigned char)lrintf(255 * s->values[i]);
    *chunk = s->chunk;
    return sizeof s->chunk;
}

static intptr_t load(State *s, intptr_t size, const unsigned char *chunk)
{
    if (size != sizeof s->chunk)
        return 0;
    memcpy(s->chunk, chunk, sizeof s->chunk);
    for (int i = 0; i < PARAMETERS; ++i)
        s->values[i] = chunk[i] / 255.0f;
    return 1;
}

static intptr_t dispatch(Effect *e, int32_t code, int32_t index, intptr_t v, void *p, float f)
{
    (void)f;
    switch (code)
    {
    case CLOSE: free(e->object); free(e); return 1;
    case DISPLAY: display(e->object, index, p); return 1;
    case NAME: strcpy(p, names[index]); return 1;
    case GET_CHUNK: return save(e->object, p);
    case SET_CHUNK: return load(e->object, v, p);
    case EVENTS: take(e->object, p); return 1;
    case CATEGORY: return SYNTH_CATEGORY;
    case TITLE: strcpy(p, "Bad Plugin"); return 1;
    case VERSION: return 2400;
    default: return 0;
    }
}

static void process(Effect *e, float **in, float **out, int32_t frames)
{
    State *s = e->object;
    (void)in;
    const int aborts = BEHAVIOUR == ABORT_IN_RENDER || (BEHAVIOUR == ABORT_ON_SAW && s->values[1] > 0.67f);
    if (aborts && s->note >= 0)
    {
        fprintf(stderr, "bad_plugin.c: Assertion `false' failed.\n");
        abort();
    }
    while (BEHAVIOUR == HANG_IN_RENDER && s->note >= 0)
        ;
    if (BEHAVIOUR == NOISY)
        printf("a plugin may print what it likes: %d\n", frames), fflush(stdout);
    for (int i = 0; i < frames; ++i)
    {
        const double hertz = 440.0 * pow(2.0, (s->note - 69) / 12.0 + s->chunk[PARAMETERS]);
        s->phase = fmod(s->phase + hertz / 44100.0, 1.0);
        const double wave = s->values[1] < 0.34f ? sin(6.283185307179586 * s->phase)
                          : s->values[1] < 0.67f ? (s->phase < 0.5 ? 1.0 : -1.0) : 2 * s->phase - 1;
        const int on = s->note >= 0 && s->values[3] < 0.5f && BEHAVIOUR != SILENT;
        out[0][i] = out[1][i] = on ? (float)(0.5 * s->values[0] * wave) : 0.0f;
        if (BEHAVIOUR == NOT_NUMBERS)
            out[0][i] = NAN;
    }
}

static void setParameter(Effect *e, int32_t i, float value)
{
    ((State *)e->object)->values[i] = value;
}

static float getParameter(Effect *e, int32_t i) { return ((State *)e->object)->values[i]; }

#ifdef THREADED
static void *idle(void *unused) { for (;;) sleep(1); return unused; }
#endif

__attribute__((visibility("default"))) Effect *VSTPluginMain(void *host)
{
    (void)host;
    if (BEHAVIOUR == ABORT_ON_OPEN)
        abort();
#ifdef THREADED
    static pthread_t thread;
    if (!thread)
        pthread_create(&thread, NULL, idle, NULL);
#endif
    Effect *e = calloc(1, sizeof(Effect));
    State *s = calloc(1, sizeof(State));
    s->values[0] = 0.75f, s->note = -1;
    e->magic = 'V' << 24 | 's' << 16 | 't' << 8 | 'P';
    e->dispatch = dispatch, e->process = process, e->processOld = process;
    e->setParameter = setParameter, e->getParameter = getParameter;
    e->parameters = PARAMETERS, e->outputs = 2, e->flags = REPLACING | IS_SYNTH;
    e->flags |= BEHAVIOUR == STATEFUL ? CHUNKS : 0;
    e->id = 'B' << 24 | 'a' << 16 | 'd' << 8 | '!', e->version = 1, e->object = s;
    return e;
}

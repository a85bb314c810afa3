# Builds build/harness and build/count_calls.so with the flags of the plugin's own Makefile:
#   make -C plugin/Builds/LinuxMakefile -f Makefile -f ../../../tests/host/harness.mk CONFIG=Release harness
# The harness links the static library that all plugin formats share, so no module compiles twice.
HARNESS_DIR := ../../../tests/host
HARNESS_OBJDIR := $(JUCE_OBJDIR)/harness
HARNESS_SOURCES := $(wildcard $(HARNESS_DIR)/*.cpp)
HARNESS_OBJECTS := $(patsubst $(HARNESS_DIR)/%.cpp,$(HARNESS_OBJDIR)/%.o,$(HARNESS_SOURCES))

.PHONY: harness
harness: $(JUCE_OUTDIR)/harness $(JUCE_OUTDIR)/count_calls.so

$(JUCE_OUTDIR)/harness: $(HARNESS_OBJECTS) $(JUCE_OUTDIR)/$(JUCE_TARGET_SHARED_CODE)
	@echo Linking "harness"
	$(V_AT)$(CXX) -o $@ $^ $(JUCE_LDFLAGS)

$(HARNESS_OBJDIR)/%.o: $(HARNESS_DIR)/%.cpp
	$(V_AT)mkdir -p $(HARNESS_OBJDIR)
	@echo "Compiling $(notdir $<)"
	$(V_AT)$(CXX) $(JUCE_CXXFLAGS) -Wall -Wextra -I../../Source -o $@ -c $<

$(JUCE_OUTDIR)/count_calls.so: $(HARNESS_DIR)/count_calls.c
	$(V_AT)$(CC) -shared -fPIC -O2 -o $@ $< -ldl

-include $(HARNESS_OBJECTS:%.o=%.d)

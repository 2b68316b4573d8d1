package dev.ledgerstone.gateway.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Makes one rewrite of one request: collects edits by place, then copies the body once. */
final class Rewriter {
  private static final byte[] TRUE = "true".getBytes(UTF_8);
  private static final byte[] INCLUDE_USAGE = "{\"include_usage\":true}".getBytes(UTF_8);

  private final OpenAiRequest request;
  private final Rewrite rewrite;
  private final Members members;
  private final Splice splice;
  private final StringBuilder added = new StringBuilder();

  Rewriter(OpenAiRequest request, Rewrite rewrite) {
    this.request = request;
    this.rewrite = rewrite;
    this.members = request.members();
    this.splice = new Splice(request.body());
  }

  byte[] apply() {
    String model = rewrite.model();
    if (model != null && !model.equals(request.model())) {
      set("model", quoted(model));
    }
    OutputLimit limit = rewrite.outputLimit();
    if (limit != null) {
      limitOutput(limit);
    }
    if (rewrite.isUsageWanted() && request.isStream() && !request.wantsUsage()) {
      askForUsage();
    }
    addDefaults(limit);
    remove();
    if (!added.isEmpty()) {
      // The model is always there and never removed, so there is a field before this one.
      splice.insert(members.valueEnd(members.size() - 1), added.toString().getBytes(UTF_8));
    }
    return splice.apply();
  }

  private void limitOutput(OutputLimit limit) {
    OutputLimit current = request.outputLimit();
    if (current == null) {
      set(limit.field(), Integer.toString(limit.tokens()));
    } else if (current.tokens() != limit.tokens()) {
      set(current.field(), Integer.toString(limit.tokens()));
    }
  }

  private void askForUsage() {
    int options = members.index("stream_options");
    StreamOptions known = request.streamOptions();
    if (options < 0) {
      append("stream_options", new String(INCLUDE_USAGE, UTF_8));
    } else if (known == null) {
      splice.replace(members.valueStart(options), members.valueEnd(options), INCLUDE_USAGE);
    } else if (known.usageStart() >= 0) {
      splice.replace(known.usageStart(), known.usageEnd(), TRUE);
    } else {
      String comma = known.isEmpty() ? "" : ",";
      splice.insert(
          members.valueStart(options) + 1, ("\"include_usage\":true" + comma).getBytes(UTF_8));
    }
  }

  private void addDefaults(@Nullable OutputLimit limit) {
    // By name, so that equal requests stay equal bytes: upstream caches match prefixes.
    new TreeMap<>(rewrite.defaults())
        .forEach(
            (name, json) -> {
              boolean isThere =
                  OutputLimit.isName(name)
                      ? limit != null || request.outputLimit() != null || members.has(name)
                      : members.has(name);
              if (!isThere) {
                append(name, json);
              }
            });
  }

  private void remove() {
    if (rewrite.removed().isEmpty()) {
      return;
    }
    int index = 0;
    int keptEnd = -1;
    int runStart = -1;
    for (String name : members.names()) {
      if (rewrite.removed().contains(name)) {
        if (runStart < 0) {
          runStart = index;
        }
      } else {
        if (runStart >= 0) {
          splice.remove(members.nameStart(runStart), members.nameStart(index));
          runStart = -1;
        }
        keptEnd = index;
      }
      index++;
    }
    if (runStart >= 0) {
      // A run at the end takes the comma before it along.
      splice.remove(members.valueEnd(keptEnd), members.valueEnd(index - 1));
    }
  }

  private void set(String name, String json) {
    int index = members.index(name);
    if (index < 0) {
      append(name, json);
    } else {
      splice.replace(members.valueStart(index), members.valueEnd(index), json.getBytes(UTF_8));
    }
  }

  private void append(String name, String json) {
    added.append(',').append(quoted(name)).append(':').append(json);
  }

  private static String quoted(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }
}

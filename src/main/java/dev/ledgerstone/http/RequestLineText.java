package dev.ledgerstone.http;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.ledgerstone.settings.ServerSettings.RequestLogFormat;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Lines of the request log as text: logfmt, or JSON. For one thread. */
final class RequestLineText {
  private static final int LONGEST_VALUE = 200;

  private final StringBuilder text = new StringBuilder();
  private final boolean json;
  private final @Nullable String state;
  private boolean first;

  // A date is dear to write, and the same for all lines of a second.
  private long second = Long.MIN_VALUE;
  private String secondText = "";

  /**
   * @param state of the server, which each line is to say; null: all is as it should be
   */
  RequestLineText(RequestLogFormat format, @Nullable String state) {
    json = format == RequestLogFormat.JSON;
    this.state = state;
  }

  void add(RequestLine line) {
    begin(line.atMillis());
    text("id", line.id().toString());
    text("method", line.method());
    text("route", line.route() == null ? "-" : line.route());
    name("status").append(line.status());
    name("ms");
    millis(line.nanos());
    if (line.inputTokens() != 0 || line.outputTokens() != 0 || line.costNanos() != 0) {
      name("input_tokens").append(line.inputTokens());
      name("output_tokens").append(line.outputTokens());
      name("cost_nanos").append(line.costNanos());
    }
    text("tenant", line.tenant());
    text("key", line.keyPrefix());
    text("model", line.model());
    text("code", line.code());
    end();
  }

  /** Tells that lines are missing. */
  void addDropped(long nowMillis, long count) {
    begin(nowMillis);
    name("dropped").append(count);
    end();
  }

  int length() {
    return text.length();
  }

  /** What was added since the last time. */
  byte[] take() {
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    text.setLength(0);
    return bytes;
  }

  private void begin(long millis) {
    first = true;
    if (json) {
      text.append('{');
    }
    long now = Math.floorDiv(millis, 1000L);
    if (now != second) {
      second = now;
      String whole = Instant.ofEpochSecond(now).toString();
      secondText = whole.substring(0, whole.length() - 1);
    }
    name("time");
    quote();
    text.append(secondText).append('.');
    threeDigits(Math.floorMod(millis, 1000));
    text.append('Z');
    quote();
    text("state", state);
  }

  private void end() {
    text.append(json ? "}\n" : "\n");
  }

  private void quote() {
    if (json) {
      text.append('"');
    }
  }

  private StringBuilder name(String name) {
    if (!first) {
      text.append(json ? ',' : ' ');
    }
    first = false;
    quote();
    text.append(name);
    quote();
    return text.append(json ? ':' : '=');
  }

  /** Milliseconds with three digits after the point. */
  private void millis(long nanos) {
    long micros = (nanos + 500) / 1000;
    text.append(micros / 1000).append('.');
    threeDigits((int) (micros % 1000));
  }

  private void threeDigits(int number) {
    text.append((char) ('0' + number / 100))
        .append((char) ('0' + number / 10 % 10))
        .append((char) ('0' + number % 10));
  }

  private void text(String name, @Nullable String value) {
    if (value == null) {
      return;
    }
    name(name);
    String shown = value.length() > LONGEST_VALUE ? value.substring(0, LONGEST_VALUE) : value;
    boolean plain = isPlain(shown);
    if (plain && !json) {
      text.append(shown);
    } else {
      text.append('"');
      if (plain) {
        text.append(shown);
      } else {
        text.append(JsonStringEncoder.getInstance().quoteAsString(shown));
      }
      text.append('"');
    }
  }

  /** Whether it needs no escapes, and in logfmt no quotes. */
  private static boolean isPlain(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c <= ' ' || c >= 0x7F || c == '"' || c == '=' || c == '\\') {
        return false;
      }
    }
    return !value.isEmpty();
  }
}

package dev.ledgerstone.http;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.ledgerstone.settings.ServerSettings.RequestLogFormat;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Writes a line of the request log: logfmt, or JSON. */
final class RequestLineText {
  private static final int LONGEST_VALUE = 200;

  private final StringBuilder text;
  private final boolean json;
  private boolean first = true;

  private RequestLineText(StringBuilder text, RequestLogFormat format) {
    this.text = text;
    this.json = format == RequestLogFormat.JSON;
  }

  static void append(StringBuilder text, RequestLogFormat format, RequestLine line) {
    RequestLineText out = new RequestLineText(text, format);
    out.begin();
    out.text("time", Instant.ofEpochMilli(line.atMillis()).toString());
    out.text("id", line.id().toString());
    out.text("method", line.method());
    out.text("route", line.route() == null ? "-" : line.route());
    out.number("status", Integer.toString(line.status()));
    out.number("ms", millis(line.nanos()));
    if (line.inputTokens() != 0 || line.outputTokens() != 0 || line.costNanos() != 0) {
      out.number("input_tokens", Long.toString(line.inputTokens()));
      out.number("output_tokens", Long.toString(line.outputTokens()));
      out.number("cost_nanos", Long.toString(line.costNanos()));
    }
    out.text("tenant", line.tenant());
    out.text("key", line.keyPrefix());
    out.text("model", line.model());
    out.text("code", line.code());
    out.end();
  }

  static void appendDropped(StringBuilder text, RequestLogFormat format, long now, long count) {
    RequestLineText out = new RequestLineText(text, format);
    out.begin();
    out.text("time", Instant.ofEpochMilli(now).toString());
    out.number("dropped", Long.toString(count));
    out.end();
  }

  /** Milliseconds with three digits after the point. */
  private static String millis(long nanos) {
    long micros = (nanos + 500) / 1000;
    String fraction = Long.toString(1000 + micros % 1000);
    return micros / 1000 + "." + fraction.substring(1);
  }

  private void begin() {
    if (json) {
      text.append('{');
    }
  }

  private void end() {
    text.append(json ? "}\n" : "\n");
  }

  private void name(String name) {
    if (!first) {
      text.append(json ? ',' : ' ');
    }
    first = false;
    if (json) {
      text.append('"').append(name).append("\":");
    } else {
      text.append(name).append('=');
    }
  }

  private void number(String name, String value) {
    name(name);
    text.append(value);
  }

  private void text(String name, @Nullable String value) {
    if (value == null) {
      return;
    }
    name(name);
    String shown = value.length() > LONGEST_VALUE ? value.substring(0, LONGEST_VALUE) : value;
    if (!json && isPlain(shown)) {
      text.append(shown);
    } else {
      text.append('"').append(JsonStringEncoder.getInstance().quoteAsString(shown)).append('"');
    }
  }

  /** What logfmt may hold without quotes. */
  private static boolean isPlain(String value) {
    return !value.isEmpty()
        && value.chars().allMatch(c -> c > ' ' && c < 0x7F && c != '"' && c != '=' && c != '\\');
  }
}

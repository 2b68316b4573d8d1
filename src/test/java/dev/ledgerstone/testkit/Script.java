package dev.ledgerstone.testkit;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * How {@link FakeUpstream} answers a call. Whether the answer is a stream is for the request to
 * say. Never changes: each method gives another script.
 */
public final class Script implements Cloneable {
  /** Model names that begin so are scripts themselves, see {@link #parse}. */
  public static final String PREFIX = "fake:";

  /** Where usage is told. */
  public enum UsageIn {
    /** In every fixed answer; in a stream's extra last chunk when the request asks for it. */
    AS_ASKED,
    MISSING,
    /** As asked, but nothing except zeros. */
    ZERO,
    /** In the chunk with the finish reason, asked or not. */
    LAST_CHUNK,
    /** In each chunk, growing, asked or not. */
    EVERY_CHUNK
  }

  /** What goes wrong. */
  public enum Fault {
    NONE,
    /** RST instead of an answer's head. */
    RESET_BEFORE_HEAD,
    /** An orderly close instead of an answer's head. */
    CLOSE_BEFORE_HEAD,
    /** The head breaks off. */
    CLOSE_IN_HEAD,
    /** No head ever. */
    HANG_BEFORE_HEAD,
    RESET,
    CLOSE,
    HANG,
    /** An event whose data is not JSON; the stream goes on. */
    MALFORMED_EVENT,
    /** A chunk whose size is not a number. */
    MALFORMED_CHUNK,
    /** Whole answer, then the connection is closed without a word of it before. */
    CLOSE_AFTER
  }

  private int status = 200;
  private Map<String, String> headers = Map.of();
  private String body = "";
  private long promptTokens = 20;
  private long completionTokens = 10;
  private long cachedTokens;
  private UsageIn usage = UsageIn.AS_ASKED;
  private int events = 10;
  private Duration gap = Duration.ZERO;
  private Duration delay = Duration.ZERO;
  private long padding;
  private Fault fault = Fault.NONE;
  private int faultAt;

  private Script() {}

  /** Status 200, ten words, 20 tokens in and 10 out, nothing wrong. */
  public static Script answer() {
    return new Script();
  }

  /** An error with a body of that type. */
  public static Script error(int status, String contentType, String body) {
    return answer()
        .header("Content-Type", contentType)
        .but(
            s -> {
              s.status = status;
              s.body = body;
            });
  }

  /**
   * Exactly this body, in place of the format's own; for answers and for streams that are written
   * out.
   */
  public static Script verbatim(String contentType, String body) {
    return error(200, contentType, body);
  }

  public static Script rateLimited(Duration retryAfter) {
    return error(
            429,
            "application/json",
            """
            {"error":{"message":"Rate limit reached","type":"requests","param":null,"code":"rate_limit_exceeded"}}""")
        .header("Retry-After", Long.toString(retryAfter.toSeconds()));
  }

  public static Script unauthorized() {
    return error(
        401,
        "application/json",
        """
        {"error":{"message":"Incorrect API key provided","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}""");
  }

  public static Script htmlError() {
    return error(500, "text/html", "<html><body><h1>Internal Server Error</h1></body></html>\n");
  }

  /** Sent besides the format's own headers. */
  public Script header(String name, String value) {
    Map<String, String> more = new TreeMap<>(headers);
    more.put(name, value);
    return but(s -> s.headers = Map.copyOf(more));
  }

  /** The tokens of the prompt and of the answer, whatever was asked. */
  public Script tokens(long prompt, long completion) {
    return but(
        s -> {
          s.promptTokens = prompt;
          s.completionTokens = completion;
        });
  }

  public Script cachedTokens(long cached) {
    return but(s -> s.cachedTokens = cached);
  }

  public Script usage(UsageIn where) {
    return but(s -> s.usage = where);
  }

  /** Deltas of a stream, or words of a fixed answer; the gap is before each event but the first. */
  public Script events(int count, Duration between) {
    return but(
        s -> {
          s.events = count;
          s.gap = between;
        });
  }

  /** Waits before the answer's head. */
  public Script delay(Duration before) {
    return but(s -> s.delay = before);
  }

  /** Bytes that make each event, or the fixed answer, longer. */
  public Script padding(long bytes) {
    return but(s -> s.padding = bytes);
  }

  public Script fault(Fault what) {
    return fault(what, 0);
  }

  /**
   * Goes wrong after that many events; a fixed answer does in the midst of its body, one that is
   * given verbatim behind its last byte and before the end of the connection's own framing.
   */
  public Script fault(Fault what, int afterEvents) {
    return but(
        s -> {
          s.fault = what;
          s.faultAt = afterEvents;
        });
  }

  /**
   * Reads a script from a model's name, for those who reach the fake from another process: {@code
   * fake:events=20,gap=5,delay=100,in=30,out=20,cached=4,usage=missing,padding=100,fault=hang,at=3}
   * (times in milliseconds; every part optional) or {@code fake:status=429}.
   */
  public static Script parse(String model) {
    Script script = answer();
    for (String part : model.substring(PREFIX.length()).split(",")) {
      if (part.isEmpty()) {
        continue;
      }
      String[] pair = part.split("=", 2);
      if (pair.length < 2) {
        throw new IllegalArgumentException("a script's part must be name=value: " + part);
      }
      script = script.with(pair[0], pair[1].toUpperCase(Locale.ROOT));
    }
    return script;
  }

  private Script with(String name, String value) {
    return switch (name) {
      case "events" -> events(Integer.parseInt(value), gap);
      case "gap" -> events(events, Duration.ofMillis(Long.parseLong(value)));
      case "delay" -> delay(Duration.ofMillis(Long.parseLong(value)));
      case "in" -> tokens(Long.parseLong(value), completionTokens);
      case "out" -> tokens(promptTokens, Long.parseLong(value));
      case "cached" -> cachedTokens(Long.parseLong(value));
      case "usage" -> usage(UsageIn.valueOf(value));
      case "padding" -> padding(Long.parseLong(value));
      case "fault" -> fault(Fault.valueOf(value), faultAt);
      case "at" -> fault(fault, Integer.parseInt(value));
      case "status" -> ofStatus(Integer.parseInt(value));
      default -> throw new IllegalArgumentException("a script has no part named " + name);
    };
  }

  private static Script ofStatus(int status) {
    return switch (status) {
      case 401 -> unauthorized();
      case 429 -> rateLimited(Duration.ofSeconds(1));
      default -> error(status, "text/html", htmlError().body);
    };
  }

  private Script but(Consumer<Script> change) {
    try {
      Script other = (Script) clone();
      change.accept(other);
      return other;
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }

  int status() {
    return status;
  }

  Map<String, String> headers() {
    return headers;
  }

  String body() {
    return body;
  }

  long promptTokens() {
    return promptTokens;
  }

  long completionTokens() {
    return completionTokens;
  }

  long cachedTokens() {
    return cachedTokens;
  }

  UsageIn usage() {
    return usage;
  }

  int events() {
    return events;
  }

  Duration gap() {
    return gap;
  }

  Duration delay() {
    return delay;
  }

  long padding() {
    return padding;
  }

  Fault fault() {
    return fault;
  }

  int faultAt() {
    return faultAt;
  }
}

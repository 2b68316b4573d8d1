package dev.ledgerstone.gateway.provider;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Cuts a stream into server-sent events (WHATWG HTML, section 9.2.6) without changing a byte.
 *
 * <p>An event here is everything up to and with its blank line, so that what is handed on, put
 * together, is what came in: comments, unknown fields and byte order mark too. What it offers is
 * valid until the next {@link #next}.
 *
 * <pre>{@code
 * var events = new SseReader(answer.body());
 * while (events.next()) {
 *   look(events.dataBuffer(), events.dataFrom(), events.dataTo());
 *   out.write(events.buffer(), events.from(), events.length());
 * }
 * }</pre>
 *
 * <p>An event that ends in a lone CR is known by the byte after it, unless its stream has shown
 * before that it ends lines so: CR LF must not be torn apart.
 */
public final class SseReader {
  /** Largest event when none is said: a megabyte. */
  public static final int DEFAULT_MAX_EVENT = 1 << 20;

  private static final int FIRST_SIZE = 8192;
  private static final byte[] NOTHING = {};

  private final InputStream in;
  private final int maxEvent;
  private byte[] buffer = new byte[FIRST_SIZE];
  private int filled;
  private int from;
  private int to;

  /** Where the line begins that is being read. */
  private int line;

  /** Behind the line's text, once its end was found. */
  private int lineTo;

  /** Behind the line's end. */
  private int lineNext;

  private boolean isStart = true;
  private boolean isAtEnd;

  /** The last line ended in a lone CR. */
  private boolean isAfterLoneCr;

  /** The last event was given away at a lone CR: a LF that follows is still its own. */
  private boolean mayOweLf;

  private boolean isComplete;
  private int dataLines;
  private byte[] joined = NOTHING;
  private int joinedLength;
  private int dataFrom;
  private int dataTo;
  private int typeFrom;
  private int typeTo;
  private String lastEventId = "";
  private long retryMillis = -1;

  public SseReader(InputStream in) {
    this(in, DEFAULT_MAX_EVENT);
  }

  /**
   * Reads events up to a size.
   *
   * @param maxEvent bytes; the buffer grows as far as one event needs and no further
   */
  public SseReader(InputStream in, int maxEvent) {
    this.in = in;
    this.maxEvent = maxEvent;
  }

  /**
   * Reads to the end of the next event.
   *
   * @return false at the end of the stream
   * @throws EventTooLarge if it is longer than allowed
   */
  public boolean next() throws IOException {
    begin();
    while (findLine()) {
      int start = skipByteOrderMark();
      if (start == lineTo) {
        return give(lineNext, true);
      }
      readField(start, lineTo);
      line = lineNext;
    }
    if (from == filled) {
      return false;
    }
    boolean isOnlyOwedLf = line == from + 1 && line == filled;
    if (line < filled) {
      readField(skipByteOrderMark(), filled);
    }
    return give(filled, isOnlyOwedLf);
  }

  /** The bytes that {@link #from} and {@link #length} speak of. Not a copy. */
  public byte[] buffer() {
    return buffer;
  }

  public int from() {
    return from;
  }

  public int length() {
    return to - from;
  }

  /** Whether there was a {@code data} field; an event without one only keeps the stream alive. */
  public boolean hasData() {
    return dataLines > 0;
  }

  /** The bytes that {@link #dataFrom} and {@link #dataTo} speak of. Not a copy. */
  public byte[] dataBuffer() {
    return dataLines > 1 ? joined : buffer;
  }

  public int dataFrom() {
    return dataLines > 1 ? 0 : dataFrom;
  }

  /** Behind the last byte of the data; several data fields are joined by line feeds. */
  public int dataTo() {
    return dataLines > 1 ? joinedLength : dataTo;
  }

  /** The data as text. */
  public String data() {
    return new String(dataBuffer(), dataFrom(), dataTo() - dataFrom(), StandardCharsets.UTF_8);
  }

  /** The event's type; {@code message} when it names none. */
  public String type() {
    return typeTo == typeFrom ? "message" : text(typeFrom, typeTo);
  }

  /** The last id that any event gave. */
  public String lastEventId() {
    return lastEventId;
  }

  /** The last reconnection time in milliseconds that any event gave; -1 when none did. */
  public long retryMillis() {
    return retryMillis;
  }

  /** Whether a blank line ended the event; false when the stream broke off in the midst of it. */
  public boolean isComplete() {
    return isComplete;
  }

  private void begin() {
    if (to == filled) {
      to = 0;
      filled = 0;
    }
    from = to;
    line = from;
    dataLines = 0;
    dataFrom = dataTo = typeFrom = typeTo = from;
  }

  private boolean give(int end, boolean isWhole) throws EventTooLarge {
    to = end;
    isComplete = isWhole;
    if (to - from > maxEvent) {
      throw new EventTooLarge(maxEvent);
    }
    return true;
  }

  /** Finds the end of the line that begins at {@link #line}; false when the stream ends before. */
  private boolean findLine() throws IOException {
    if (mayOweLf) {
      if (line == filled && !fill()) {
        return false;
      }
      mayOweLf = false;
      if (buffer[line] == '\n') {
        line++;
        isAfterLoneCr = false;
      }
    }
    int length = 0;
    while (true) {
      // Counted from the line's begin: filling may move what is in the buffer.
      for (; line + length < filled; length++) {
        byte b = buffer[line + length];
        if (b == '\n') {
          return line(length, 1);
        }
        if (b == '\r') {
          return carriageReturn(length);
        }
      }
      if (!fill()) {
        return false;
      }
    }
  }

  private boolean carriageReturn(int length) throws IOException {
    if (length == 0 && isAfterLoneCr) {
      mayOweLf = true;
      return line(length, 1);
    }
    boolean isFollowed = line + length + 1 < filled || fill();
    boolean isPair = isFollowed && buffer[line + length + 1] == '\n';
    line(length, isPair ? 2 : 1);
    isAfterLoneCr = !isPair;
    return true;
  }

  private boolean line(int length, int end) {
    lineTo = line + length;
    lineNext = lineTo + end;
    isAfterLoneCr = mayOweLf;
    return true;
  }

  /** Reads more; false at the end of the stream. */
  private boolean fill() throws IOException {
    if (isAtEnd) {
      return false;
    }
    if (filled - from > maxEvent) {
      throw new EventTooLarge(maxEvent);
    }
    if (filled == buffer.length) {
      makeRoom();
    }
    int n = in.read(buffer, filled, buffer.length - filled);
    isAtEnd = n < 0;
    filled += Math.max(n, 0);
    return !isAtEnd;
  }

  private void makeRoom() {
    int length = filled - from;
    byte[] roomy = length > buffer.length / 2 ? new byte[buffer.length * 2] : buffer;
    System.arraycopy(buffer, from, roomy, 0, length);
    buffer = roomy;
    line -= from;
    dataFrom -= from;
    dataTo -= from;
    typeFrom -= from;
    typeTo -= from;
    filled = length;
    to = 0;
    from = 0;
  }

  private int skipByteOrderMark() {
    boolean isMarked =
        isStart
            && filled - line >= 3
            && buffer[line] == (byte) 0xEF
            && buffer[line + 1] == (byte) 0xBB
            && buffer[line + 2] == (byte) 0xBF;
    isStart = false;
    return isMarked ? line + 3 : line;
  }

  private void readField(int start, int end) {
    int colon = start;
    while (colon < end && buffer[colon] != ':') {
      colon++;
    }
    int value = Math.min(colon + 1, end);
    if (value < end && buffer[value] == ' ') {
      value++;
    }
    if (is("data", start, colon)) {
      addData(value, end);
    } else if (is("event", start, colon)) {
      typeFrom = value;
      typeTo = end;
    } else if (is("id", start, colon)) {
      String id = text(value, end);
      if (id.indexOf('\0') < 0) {
        lastEventId = id;
      }
    } else if (is("retry", start, colon)) {
      retryMillis = digits(value, end, retryMillis);
    }
  }

  private boolean is(String name, int start, int end) {
    if (end - start != name.length()) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      if (buffer[start + i] != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private void addData(int start, int end) {
    if (++dataLines == 1) {
      dataFrom = start;
      dataTo = end;
      return;
    }
    if (dataLines == 2) {
      joinedLength = 0;
      join(dataFrom, dataTo);
    }
    joined[joinedLength++] = '\n';
    join(start, end);
  }

  /** Appends, and leaves room for the line feed of one more line. */
  private void join(int start, int end) {
    int length = joinedLength + end - start;
    if (length + 1 > joined.length) {
      joined = Arrays.copyOf(joined, Math.max(length + 1, joined.length * 2));
    }
    System.arraycopy(buffer, start, joined, joinedLength, end - start);
    joinedLength = length;
  }

  private long digits(int start, int end, long otherwise) {
    if (start == end || end - start > 18) {
      return otherwise;
    }
    long number = 0;
    for (int i = start; i < end; i++) {
      if (buffer[i] < '0' || buffer[i] > '9') {
        return otherwise;
      }
      number = number * 10 + buffer[i] - '0';
    }
    return number;
  }

  private String text(int start, int end) {
    return new String(buffer, start, end - start, StandardCharsets.UTF_8);
  }

  /** A stream holds an event that is longer than allowed. */
  public static final class EventTooLarge extends IOException {
    private static final long serialVersionUID = 1;

    EventTooLarge(int max) {
      super("the upstream sent an event of more than " + max + " bytes");
    }
  }
}

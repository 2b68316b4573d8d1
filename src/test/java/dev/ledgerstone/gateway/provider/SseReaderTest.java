package dev.ledgerstone.gateway.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class SseReaderTest {
  /** What a reader tells of one event. */
  record Event(
      String raw,
      boolean hasData,
      String data,
      String type,
      String id,
      long retry,
      boolean whole) {}

  @Test
  void eventsComeWithTheirBytesAndTheirData() throws IOException {
    assertThat(read("data: one\n\ndata:two\n\n"))
        .containsExactly(event("data: one\n\n", "one"), event("data:two\n\n", "two"));
  }

  @Test
  void linesMayEndInCrOrLfOrBoth() throws IOException {
    assertThat(read("data: a\r\n\r\ndata: b\r\rdata: c\n\n"))
        .extracting(Event::raw, Event::data)
        .containsExactly(
            tuple("data: a\r\n\r\n", "a"), tuple("data: b\r\r", "b"), tuple("data: c\n\n", "c"));
  }

  @Test
  void severalDataLinesAreJoinedByLineFeeds() throws IOException {
    assertThat(read("data: a\r\ndata\r\ndata:  c\r\n\r\n"))
        .extracting(Event::data)
        .containsExactly("a\n\n c");
  }

  @Test
  void aCommentIsHandedOnButIsNoData() throws IOException {
    assertThat(read(": keep-alive\n\ndata: x\n\n"))
        .extracting(Event::raw, Event::hasData)
        .containsExactly(tuple(": keep-alive\n\n", false), tuple("data: x\n\n", true));
  }

  @Test
  void typeIdAndRetryAreRead() throws IOException {
    assertThat(
            read("event: delta\nid: 7\nretry: 1500\ndata: x\n\ndata: y\n\nid: a\0b\nretry: 1x\n\n"))
        .containsExactly(
            new Event(
                "event: delta\nid: 7\nretry: 1500\ndata: x\n\n",
                true,
                "x",
                "delta",
                "7",
                1500,
                true),
            new Event("data: y\n\n", true, "y", "message", "7", 1500, true),
            new Event("id: a\0b\nretry: 1x\n\n", false, "", "message", "7", 1500, true));
  }

  @Test
  void aByteOrderMarkAtTheStartIsNoPartOfTheField() throws IOException {
    String mark = "\uFEFF";
    assertThat(read(mark + "data: x\n\n" + mark + "data: y\n\n"))
        .extracting(Event::raw, Event::hasData)
        .containsExactly(tuple(mark + "data: x\n\n", true), tuple(mark + "data: y\n\n", false));
  }

  @Test
  void anEventThatBreaksOffIsGivenButIsNotWhole() throws IOException {
    assertThat(read("data: one\n\ndata: tw"))
        .extracting(Event::raw, Event::data, Event::whole)
        .containsExactly(tuple("data: one\n\n", "one", true), tuple("data: tw", "tw", false));
    assertThat(read("data: [DONE]\n"))
        .extracting(Event::data, Event::whole)
        .containsExactly(tuple("[DONE]", false));
  }

  @Test
  void nothingIsNoEvent() throws IOException {
    assertThat(read("")).isEmpty();
  }

  @Test
  void anEventIsGivenBeforeTheNextByteIsThere() throws IOException {
    for (String stream : List.of("data: x\n\n", "data: x\r\n\r\n", "data: x\r\r")) {
      byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
      InputStream endless =
          new InputStream() {
            private int at;

            @Override
            public int read() {
              if (at == bytes.length) {
                throw new AssertionError("asked for more than the event");
              }
              return bytes[at++];
            }

            @Override
            public int read(byte[] buffer, int offset, int length) {
              buffer[offset] = (byte) read();
              return 1;
            }
          };
      SseReader reader = new SseReader(endless);
      assertThat(reader.next()).isTrue();
      assertThat(reader.data()).isEqualTo("x");
    }
  }

  @Test
  void anEventMayBeAsLargeAsAllowedAndNoLarger() throws IOException {
    String event = "data: " + "x".repeat(20_000) + "\n\n";
    byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
    SseReader fits = new SseReader(new ByteArrayInputStream(bytes), bytes.length);
    assertThat(fits.next()).isTrue();
    assertThat(fits.length()).isEqualTo(bytes.length);
    SseReader tooSmall = new SseReader(new ByteArrayInputStream(bytes), bytes.length - 1);
    assertThatThrownBy(tooSmall::next).isInstanceOf(SseReader.EventTooLarge.class);
  }

  @Test
  void aStreamWithoutEventsEndsAtTheLimitNotInMemory() {
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 'x';
          }
        };
    SseReader reader = new SseReader(endless);
    assertThatThrownBy(reader::next).isInstanceOf(SseReader.EventTooLarge.class);
    assertThat(reader.buffer().length).isLessThanOrEqualTo(2 * SseReader.DEFAULT_MAX_EVENT);
  }

  @Property
  void howTheBytesArriveChangesNothing(
      @ForAll("streams") String stream,
      @ForAll List<@net.jqwik.api.constraints.IntRange(min = 1, max = 9) Integer> pieces)
      throws IOException {
    assertThat(read(stream, pieces)).isEqualTo(read(stream));
  }

  @Property
  void theEventsPutTogetherAreTheStream(@ForAll("streams") String stream) throws IOException {
    StringBuilder all = new StringBuilder();
    for (Event event : read(stream)) {
      assertThat(event.raw()).isNotEmpty();
      all.append(event.raw());
    }
    assertThat(all).hasToString(stream);
  }

  /** The rules of the standard, applied to the text as a whole: what the reader must agree with. */
  @Property
  void theDataIsWhatTheStandardSays(@ForAll("streams") String stream) throws IOException {
    List<String> expected = new ArrayList<>();
    String text = stream.startsWith("\uFEFF") ? stream.substring(1) : stream;
    StringBuilder data = new StringBuilder();
    String[] lines = text.split("\r\n|\r|\n", -1);
    for (int i = 0; i < lines.length - 1; i++) {
      String line = lines[i];
      int colon = line.indexOf(':');
      String name = colon < 0 ? line : line.substring(0, colon);
      String value = colon < 0 ? "" : line.substring(colon + 1);
      if (line.isEmpty()) {
        if (!data.isEmpty()) {
          expected.add(data.substring(0, data.length() - 1));
        }
        data.setLength(0);
      } else if (name.equals("data")) {
        data.append(value.startsWith(" ") ? value.substring(1) : value).append('\n');
      }
    }
    assertThat(read(stream).stream().filter(e -> e.whole() && e.hasData()).map(Event::data))
        .isEqualTo(expected);
  }

  @Provide
  Arbitrary<String> streams() {
    return Arbitraries.of(
            "data: a",
            "data:b",
            "data",
            "data: ",
            "data: {\"é\":1}",
            ": c",
            ":",
            "event: e",
            "id: 1",
            "id",
            "retry: 3",
            "x",
            "\uFEFF",
            "\n",
            "\r",
            "\r\n",
            "\n\n",
            "\r\r",
            "\r\n\r\n",
            "y".repeat(5000))
        .list()
        .ofMaxSize(30)
        .map(parts -> String.join("", parts));
  }

  private static org.assertj.core.groups.Tuple tuple(Object... values) {
    return org.assertj.core.groups.Tuple.tuple(values);
  }

  private static Event event(String raw, String data) {
    return new Event(raw, true, data, "message", "", -1, true);
  }

  private static List<Event> read(String stream) throws IOException {
    return read(stream, List.of());
  }

  /** Reads a stream of which each read gives the next so many bytes, and then all that is left. */
  private static List<Event> read(String stream, List<Integer> pieces) throws IOException {
    InputStream whole = new ByteArrayInputStream(stream.getBytes(StandardCharsets.UTF_8));
    InputStream in =
        new InputStream() {
          private int reads;

          @Override
          public int read() throws IOException {
            return whole.read();
          }

          @Override
          public int read(byte[] buffer, int offset, int length) throws IOException {
            int most = reads < pieces.size() ? pieces.get(reads++) : length;
            return whole.read(buffer, offset, Math.min(most, length));
          }
        };
    SseReader reader = new SseReader(in);
    List<Event> events = new ArrayList<>();
    while (reader.next()) {
      ByteArrayOutputStream raw = new ByteArrayOutputStream();
      raw.write(reader.buffer(), reader.from(), reader.length());
      events.add(
          new Event(
              raw.toString(StandardCharsets.UTF_8),
              reader.hasData(),
              reader.data(),
              reader.type(),
              reader.lastEventId(),
              reader.retryMillis(),
              reader.isComplete()));
    }
    return events;
  }
}

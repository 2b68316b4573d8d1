package dev.ledgerstone.ops.intake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordReaderTest {
  @TempDir private Path folder;

  private List<RecordReader.Read> read(byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve("lines.jsonl"), bytes);
    List<RecordReader.Read> all = new ArrayList<>();
    try (RecordReader reader = RecordReader.open(file, Format.JSONL)) {
      for (RecordReader.Read read = reader.next(); read != null; read = reader.next()) {
        all.add(read);
      }
      assertThat(reader.next()).as("the end stays the end").isNull();
    }
    return all;
  }

  /** Lines end at, before and behind the ends of the reader's buffer. */
  @Test
  void linesOfEveryLengthAreReadWhole() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    List<String> texts = new ArrayList<>();
    for (int length : new int[] {0, 1, 65_500, 65_536, 7, 65_537, 131_072, 300_000, 3, 32_768}) {
      String text = "ü".repeat(length / 2) + "x".repeat(length % 2);
      texts.add(text);
      bytes.writeBytes(("{\"a\": \"" + text + "\"}\r\n \n").getBytes(StandardCharsets.UTF_8));
    }
    List<RecordReader.Read> read = read(bytes.toByteArray());
    assertThat(read).extracting(it -> it.source().path("a").textValue()).isEqualTo(texts);
    assertThat(read).allSatisfy(it -> assertThat(it.fault()).isNull());
  }

  @Test
  void aByteOrderMarkIsPassedOverAndTheLastLineNeedsNoEnd() throws IOException {
    assertThat(read("\uFEFF{\"a\": 1}\n\n{\"a\": 2}".getBytes(StandardCharsets.UTF_8)))
        .extracting(it -> it.source().path("a").intValue())
        .containsExactly(1, 2);
    assertThat(read(new byte[0])).isEmpty();
    assertThat(read("\n \r\n".getBytes(StandardCharsets.UTF_8))).isEmpty();
  }

  @Test
  void whatIsNoUtf8IsNamedAndNotGuessed() throws IOException {
    List<RecordReader.Read> read =
        read("{\"a\": \"M\u00fcller\"}\n{\"a\": 2}\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThat(read.getFirst().fault()).startsWith("it is not JSON").contains("UTF-8");
    assertThat(read.getLast().source().path("a").intValue()).isEqualTo(2);
  }

  private List<String> json(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("some.json"), text);
    List<String> all = new ArrayList<>();
    try (RecordReader reader = RecordReader.open(file, Format.JSON)) {
      for (RecordReader.Read read = reader.next(); read != null; read = reader.next()) {
        all.add(read.source().toString());
      }
      assertThat(reader.next()).as("the end stays the end").isNull();
    }
    return all;
  }

  @Test
  void jsonIsAnArrayOrAnObjectWithOneOrOneObjectOrSeveral() throws IOException {
    assertThat(json("\uFEFF [{\"a\": 1}, {\"a\": [{\"b\": 2}]}, 3]\n"))
        .containsExactly("{\"a\":1}", "{\"a\":[{\"b\":2}]}", "3");
    assertThat(json("{\"of\": [1, 2], \"data\": {\"rows\": [{\"a\": 1}, {\"a\": 2}], \"n\": 2}}"))
        .containsExactly("{\"a\":1}", "{\"a\":2}");
    assertThat(json("{\"a\": {\"b\": [1, 1.50]}, \"c\": []}"))
        .containsExactly("{\"a\":{\"b\":[1,1.50]},\"c\":[]}");
    assertThat(json("{\"a\": 1}\n\n{\"a\":\n 2}{\"a\": [{\"b\": 3}]}"))
        .containsExactly("{\"a\":1}", "{\"a\":2}", "{\"a\":[{\"b\":3}]}");
    assertThat(json("[]")).isEmpty();
    assertThat(json("{\"metrics\": []}")).isEmpty();
  }

  /** What would be read of it is not all that is there. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\": [{}], \"b\": [{}]}",
        "{\"a\": [{}]} {\"a\": [{}]}",
        "[{}] [{}]",
        "[{}] {}",
        "[{}",
        "{\"a\": 1",
        "{\"a\": [{}]",
        "\"a\"",
        " "
      })
  void jsonOfWhichAPartWouldBeLostIsRefused(String text) {
    assertThatThrownBy(() -> json(text))
        .isInstanceOfSatisfying(
            ProblemException.class,
            it -> assertThat(it.problem()).isInstanceOf(RequestProblem.Malformed.class));
  }

  @Test
  void theFormatIsThatOfTheFile() throws IOException {
    assertThat(format("a.csv", "{}\n{}")).isEqualTo(Format.CSV);
    assertThat(format("a.jsonl", "[{}]")).isEqualTo(Format.JSONL);
    assertThat(format("a.json", "[{},\n{}]")).isEqualTo(Format.JSON);
    assertThat(format("a.json", "{\n\"a\": 1}\n")).isEqualTo(Format.JSON);
    assertThat(format("a.json", "{\"a\": 1}\n \n")).isEqualTo(Format.JSON);
    assertThat(format("a.json", "\n \uFEFF{}")).isEqualTo(Format.JSON);
    assertThat(format("a.json", "\uFEFF\n{\"a\": 1} \r\n{\"a\"")).isEqualTo(Format.JSONL);
    assertThat(format("metrics", "{\"a\": 1}\n{\"a\": 1}\n")).isEqualTo(Format.JSONL);
    assertThat(Format.of(folder.resolve("nowhere.json"))).isEqualTo(Format.JSON);
  }

  private Format format(String name, String text) throws IOException {
    return Format.of(Files.writeString(folder.resolve(name), text));
  }
}

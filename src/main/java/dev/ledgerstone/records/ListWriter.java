package dev.ledgerstone.records;

import dev.ledgerstone.records.plan.Item;
import dev.ledgerstone.records.plan.ReadPlan;
import dev.ledgerstone.records.query.Answer;
import dev.ledgerstone.records.query.RowTaker;
import dev.ledgerstone.records.request.Media;
import io.helidon.webserver.http.ServerResponse;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A list as the body of an answer: in one write where it is held whole, else piece by piece. One
 * that breaks off has no last chunk, which tells every client that it is not whole.
 */
final class ListWriter implements RowTaker {
  private static final int PIECE_BYTES = 64 << 10;

  private final ServerResponse response;
  private final boolean isCsv;
  private final List<String> names;
  private final Consumer<Answer> head;
  private @Nullable ByteArrayOutputStream whole;
  private OutputStream out = OutputStream.nullOutputStream();
  private boolean isFirst = true;

  /**
   * @param head says all but the body
   */
  ListWriter(ServerResponse response, ReadPlan plan, Media media, Consumer<Answer> head) {
    this.response = response;
    this.isCsv = media.form() == Media.Form.CSV;
    this.names = plan.root().items().stream().map(Item::name).toList();
    this.head = head;
  }

  @Override
  public void begin(Answer answer, boolean isWhole) {
    head.accept(answer);
    if (isWhole) {
      whole = new ByteArrayOutputStream();
      out = whole;
    } else {
      out = new BufferedOutputStream(response.outputStream(), PIECE_BYTES);
    }
    write(isCsv ? bytes(Csv.head(names)) : bytes("["));
  }

  @Override
  public void row(byte[] json) {
    if (isCsv) {
      write(bytes("\n" + Csv.line(json, names)));
    } else {
      if (!isFirst) {
        write(bytes(","));
      }
      write(json);
    }
    isFirst = false;
  }

  @Override
  public void end() {
    if (!isCsv) {
      write(bytes("]"));
    }
    if (whole != null) {
      response.send(whole.toByteArray());
    } else {
      try {
        out.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void write(byte[] bytes) {
    try {
      out.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

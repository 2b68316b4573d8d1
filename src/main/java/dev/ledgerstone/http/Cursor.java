package dev.ledgerstone.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.CRC32C;

/**
 * Where a page of a list begins: a small JSON object in base64url behind its checksum.
 *
 * <p>The checksum finds a cursor that was cut or edited, so that it cannot skip rows in silence. It
 * is no seal: a cursor holds nothing but the sort key of a row that its reader has seen, and the
 * query behind it is bound to the tenant.
 */
public final class Cursor {
  private static final int LONGEST = 2000;

  private Cursor() {}

  public static String encode(ObjectNode key) {
    byte[] json;
    try {
      json = Json.MAPPER.writeValueAsBytes(key);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
    ByteBuffer bytes = ByteBuffer.allocate(4 + json.length).putInt(checksum(json)).put(json);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
  }

  public static ObjectNode decode(String text) {
    if (text.length() > LONGEST) {
      throw invalid();
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
      if (bytes.remaining() < 4) {
        throw invalid();
      }
      int checksum = bytes.getInt();
      byte[] json = new byte[bytes.remaining()];
      bytes.get(json);
      if (checksum == checksum(json) && Json.MAPPER.readTree(json) instanceof ObjectNode key) {
        return key;
      }
    } catch (IllegalArgumentException | IOException _) {
      // Not what we encoded: told below.
    }
    throw invalid();
  }

  private static ProblemException invalid() {
    return new RequestProblem.Invalid(
            "cursor",
            "the cursor is none of this server's",
            "give the next of an earlier page as it was, or leave it out for the first page")
        .exception();
  }

  private static int checksum(byte[] json) {
    CRC32C crc = new CRC32C();
    crc.update(json);
    return (int) crc.getValue();
  }
}

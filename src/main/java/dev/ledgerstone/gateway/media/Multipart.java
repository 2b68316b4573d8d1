package dev.ledgerstone.gateway.media;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.problem.ProblemException;
import dev.ledgerstone.problem.RequestProblem;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.commons.fileupload2.core.MultipartInput;
import org.apache.commons.fileupload2.core.ParameterParser;
import org.jspecify.annotations.Nullable;

/**
 * A body of {@code multipart/form-data} (RFC 7578), read whole.
 *
 * @param boundary between its parts
 */
record Multipart(String boundary, List<Part> parts) {
  private static final int MOST_PARTS = 64;
  private static final int MOST_HEADER_BYTES = 4096;

  /** What is a file even where a client gives it no name. */
  private static final Set<String> FILES = Set.of("file", "image", "image[]", "mask");

  private static final String HINT = "send multipart/form-data with a file and a model";

  /**
   * A part.
   *
   * @param headers as they came, with the empty line behind them
   * @param filename null: a field and no file
   */
  record Part(String headers, String name, @Nullable String filename, byte[] content) {
    String text() {
      return new String(content, UTF_8);
    }

    /** Whether it is a file, which a client may have given no name. */
    boolean isFile() {
      return filename != null || FILES.contains(name);
    }
  }

  /**
   * Reads a body.
   *
   * @throws ProblemException RequestProblem.Malformed
   */
  static Multipart read(@Nullable String contentType, byte[] body) {
    String type = contentType == null ? "" : contentType;
    String boundary =
        type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")
            ? parameters(type).get("boundary")
            : null;
    if (boundary == null || boundary.isEmpty()) {
      throw malformed("the body is not multipart/form-data with a boundary", null);
    }
    List<Part> parts = new ArrayList<>();
    try {
      MultipartInput input =
          MultipartInput.builder()
              .setInputStream(new ByteArrayInputStream(body))
              .setBoundary(boundary.getBytes(ISO_8859_1))
              .setMaxPartHeaderSize(MOST_HEADER_BYTES)
              .get();
      boolean hasNext = input.skipPreamble();
      while (hasNext) {
        if (parts.size() == MOST_PARTS) {
          throw malformed("the body has more than " + MOST_PARTS + " parts", null);
        }
        String headers = input.readHeaders();
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        input.readBodyData(content);
        parts.add(part(headers, content.toByteArray()));
        hasNext = input.readBoundary();
      }
    } catch (IOException | IllegalArgumentException e) {
      throw malformed("the body's parts cannot be told apart", e);
    }
    return new Multipart(boundary, List.copyOf(parts));
  }

  private static Part part(String headers, byte[] content) {
    for (String line : headers.split("\r\n")) {
      int colon = line.indexOf(':');
      if (colon > 0 && line.substring(0, colon).strip().equalsIgnoreCase("content-disposition")) {
        Map<String, String> said = parameters(line.substring(colon + 1));
        String name = said.get("name");
        if (name != null) {
          return new Part(headers, name, said.get("filename"), content);
        }
      }
    }
    throw malformed("a part of the body has no name", null);
  }

  private static Map<String, String> parameters(String value) {
    ParameterParser parser = new ParameterParser();
    parser.setLowerCaseNames(true);
    return parser.parse(value, ';');
  }

  private static ProblemException malformed(String detail, @Nullable Exception cause) {
    RequestProblem.Malformed problem = new RequestProblem.Malformed(detail, HINT);
    return cause == null ? problem.exception() : problem.exception(cause);
  }

  /** A field's text; null if it is not there. */
  @Nullable String field(String name) {
    for (Part part : parts) {
      if (part.name.equals(name) && part.filename == null) {
        return part.text();
      }
    }
    return null;
  }

  /** The part of a name, which a client may have given no file's name; null: it is not there. */
  @Nullable Part file(String name) {
    for (Part part : parts) {
      if (part.name.equals(name)) {
        return part;
      }
    }
    return null;
  }

  Multipart withBoundary(String other) {
    return new Multipart(other, parts);
  }

  /** The fields as JSON, without the files. */
  byte[] fields() {
    ObjectNode fields = JsonNodeFactory.instance.objectNode();
    for (Part part : parts) {
      if (!part.isFile()) {
        fields.put(part.name, part.text());
      }
    }
    return fields.toString().getBytes(UTF_8);
  }

  /** The body with another text in a field. */
  byte[] with(String name, String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Part part : parts) {
      boolean isIt = part.name.equals(name) && part.filename == null;
      out.writeBytes(("--" + boundary + "\r\n").getBytes(ISO_8859_1));
      // Names of files come as UTF-8 and are read so.
      out.writeBytes(part.headers.getBytes(UTF_8));
      out.writeBytes(isIt ? text.getBytes(UTF_8) : part.content);
      out.writeBytes("\r\n".getBytes(ISO_8859_1));
    }
    out.writeBytes(("--" + boundary + "--\r\n").getBytes(ISO_8859_1));
    return out.toByteArray();
  }
}

package dev.ledgerstone.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/**
 * Answers with one JSON object, written field by field; a fault in the midst of it sends nothing.
 */
public final class JsonAnswer {
  private JsonAnswer() {}

  /** Writes the fields of the object. */
  @FunctionalInterface
  public interface Body {
    void write(JsonGenerator json) throws IOException;
  }

  public static void send(ServerResponse response, Body body) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    try (JsonGenerator json = Json.MAPPER.createGenerator(bytes)) {
      json.writeStartObject();
      body.write(json);
      json.writeEndObject();
    }
    response.headers().setIfAbsent(HeaderValues.CONTENT_TYPE_JSON);
    response.send(bytes.toByteArray());
  }

  /** Answers that something was made, and where it is. */
  public static void created(ServerResponse response, String location, Body body)
      throws IOException {
    response.status(Status.CREATED_201);
    response.header(HeaderNames.LOCATION, location);
    send(response, body);
  }
}

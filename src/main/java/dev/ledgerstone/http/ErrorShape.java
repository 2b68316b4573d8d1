package dev.ledgerstone.http;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.ledgerstone.problem.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How a problem looks to the clients of a route group. */
public enum ErrorShape {
  /** {@code {"error":{"message","type","param","code"}}}, as OpenAI's API reference has it. */
  OPENAI("application/json") {
    @Override
    void write(JsonGenerator json, Problem problem, UUID request) throws IOException {
      json.writeObjectFieldStart("error");
      json.writeStringField("message", message(problem));
      json.writeStringField("type", openAiType(problem));
      text(json, "param", problem.field());
      json.writeStringField("code", problem.code());
      json.writeEndObject();
    }
  },
  /** {@code {"type":"error","error":{"type","message"},"request_id"}}, as Anthropic has it. */
  ANTHROPIC("application/json") {
    @Override
    void write(JsonGenerator json, Problem problem, UUID request) throws IOException {
      json.writeStringField("type", "error");
      json.writeObjectFieldStart("error");
      json.writeStringField("type", anthropicType(problem.status()));
      json.writeStringField("message", message(problem));
      json.writeEndObject();
      json.writeStringField("request_id", request.toString());
    }
  },
  /** {@code {"code","message","details","hint"}}, as PostgREST's reference has it. */
  POSTGREST("application/json; charset=utf-8") {
    @Override
    void write(JsonGenerator json, Problem problem, UUID request) throws IOException {
      json.writeStringField("code", problem.code());
      json.writeStringField("message", problem.detail());
      json.writeFieldName("details");
      json.writePOJO(problem.details());
      text(json, "hint", problem.hint());
    }
  },
  /** RFC 9457, section 3, with our code, hint, field and the request's id beside it. */
  RFC9457("application/problem+json") {
    @Override
    void write(JsonGenerator json, Problem problem, UUID request) throws IOException {
      json.writeStringField("type", "/docs/problems/" + problem.code());
      json.writeStringField("title", title(problem.code()));
      json.writeNumberField("status", problem.status());
      json.writeStringField("detail", problem.detail());
      json.writeStringField("code", problem.code());
      json.writeStringField("hint", problem.hint());
      if (problem.field() != null) {
        json.writeStringField("field", problem.field());
      }
      json.writeStringField("request_id", request.toString());
    }
  };

  private final String contentType;

  ErrorShape(String contentType) {
    this.contentType = contentType;
  }

  abstract void write(JsonGenerator json, Problem problem, UUID request) throws IOException;

  public String contentType() {
    return contentType;
  }

  /** The body that tells of a problem: also the data of a stream's error event. */
  public byte[] body(Problem problem, UUID request) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (JsonGenerator json = Json.MAPPER.createGenerator(bytes)) {
      json.writeStartObject();
      write(json, problem, request);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static String message(Problem problem) {
    return problem.detail() + " (" + problem.hint() + ")";
  }

  private static String openAiType(Problem problem) {
    if (problem.code().equals("insufficient_quota")) {
      return "insufficient_quota";
    }
    int status = problem.status();
    return switch (status) {
      case 401 -> "authentication_error";
      case 402 -> "insufficient_quota";
      case 403 -> "permission_error";
      case 429 -> "rate_limit_error";
      default -> status >= 500 ? "server_error" : "invalid_request_error";
    };
  }

  private static String anthropicType(int status) {
    return switch (status) {
      case 401 -> "authentication_error";
      case 402 -> "billing_error";
      case 403 -> "permission_error";
      case 404 -> "not_found_error";
      case 413 -> "request_too_large";
      case 429 -> "rate_limit_error";
      case 504 -> "timeout_error";
      case 503, 529 -> "overloaded_error";
      default -> status >= 500 ? "api_error" : "invalid_request_error";
    };
  }

  private static String title(String code) {
    String words = code.replace('_', ' ');
    return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
  }

  private static void text(JsonGenerator json, String name, @Nullable String value)
      throws IOException {
    if (value == null) {
      json.writeNullField(name);
    } else {
      json.writeStringField(name, value);
    }
  }
}

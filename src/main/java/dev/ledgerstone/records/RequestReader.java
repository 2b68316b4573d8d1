package dev.ledgerstone.records;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.ledgerstone.http.Bodies;
import dev.ledgerstone.http.Json;
import dev.ledgerstone.problem.RequestProblem;
import dev.ledgerstone.records.request.Media;
import dev.ledgerstone.records.request.Page;
import dev.ledgerstone.records.request.Preferences;
import dev.ledgerstone.records.request.Query;
import dev.ledgerstone.records.request.Query.Parameter;
import dev.ledgerstone.records.request.RecordsProblem;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The parts of an HTTP request that the records API heeds. */
final class RequestReader {
  private static final HeaderName PREFER = HeaderNames.create("Prefer");
  private static final HeaderName ACCEPT_PROFILE = HeaderNames.create("Accept-Profile");
  private static final HeaderName CONTENT_PROFILE = HeaderNames.create("Content-Profile");
  private static final HeaderName RANGE = HeaderNames.create("Range");
  private static final HeaderName RANGE_UNIT = HeaderNames.create("Range-Unit");
  private static final int MOST_BODY_BYTES = 4 << 20;

  private RequestReader() {}

  /** The query of the address. */
  static List<Parameter> parameters(ServerRequest request) {
    String raw = request.query().rawValue();
    return raw == null ? List.of() : decode(raw);
  }

  /** The same of a body, a form or an object whose members are texts, lists of them or numbers. */
  static List<Parameter> bodyParameters(ServerRequest request) {
    byte[] body = Bodies.read(request, MOST_BODY_BYTES);
    boolean isForm =
        request
            .headers()
            .first(HeaderNames.CONTENT_TYPE)
            .filter(it -> it.startsWith("application/x-www-form-urlencoded"))
            .isPresent();
    if (isForm) {
      return decode(new String(body, StandardCharsets.UTF_8));
    }
    ObjectNode object = Json.read(body);
    List<Parameter> parameters = new ArrayList<>();
    object
        .properties()
        .forEach(
            it -> {
              if (it.getValue().isArray()) {
                it.getValue().forEach(each -> parameters.add(parameter(it.getKey(), each)));
              } else {
                parameters.add(parameter(it.getKey(), it.getValue()));
              }
            });
    return parameters;
  }

  private static Parameter parameter(String name, JsonNode value) {
    if (!value.isValueNode()) {
      throw new RequestProblem.Malformed(
              "the value of " + name + " is neither a text nor a number",
              "send the parameters of the URL as members: {\"select\": \"id\", \"id\": \"in.(…)\"}")
          .exception();
    }
    return new Parameter(name, value.asText());
  }

  static List<Parameter> decode(String form) {
    List<Parameter> parameters = new ArrayList<>();
    for (String each : form.split("&")) {
      if (!each.isEmpty()) {
        int equals = each.indexOf('=');
        parameters.add(
            new Parameter(
                decoded(equals < 0 ? each : each.substring(0, equals)),
                equals < 0 ? "" : decoded(each.substring(equals + 1))));
      }
    }
    return parameters;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) {
      throw new RequestProblem.Malformed(
              "a percent sign in the query is not followed by two hexadecimal digits",
              "write a percent sign as %25")
          .exception();
    }
  }

  static Preferences preferences(ServerRequest request) {
    return Preferences.parse(
        request.headers().contains(PREFER) ? request.headers().get(PREFER).allValues() : List.of());
  }

  static Media media(ServerRequest request) {
    requirePublic(request, ACCEPT_PROFILE);
    requirePublic(request, CONTENT_PROFILE);
    return Media.negotiate(
        request.headers().contains(HeaderNames.ACCEPT)
            ? Optional.of(String.join(",", request.headers().get(HeaderNames.ACCEPT).allValues()))
            : Optional.empty());
  }

  private static void requirePublic(ServerRequest request, HeaderName profile) {
    Optional<String> schema = request.headers().first(profile);
    if (schema.isPresent() && !schema.get().equals("public")) {
      throw new RecordsProblem.NoSchema(schema.get()).exception();
    }
  }

  /** A query, narrowed to the rows of {@code Range}. */
  static Query ranged(ServerRequest request, Query query) {
    boolean isOfItems =
        request.headers().first(RANGE_UNIT).map(it -> it.strip().equals("items")).orElse(true);
    return isOfItems
        ? request.headers().first(RANGE).map(it -> query.within(Page.ofHeader(it))).orElse(query)
        : query;
  }
}

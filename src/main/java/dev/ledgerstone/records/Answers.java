package dev.ledgerstone.records;

import dev.ledgerstone.records.plan.Item;
import dev.ledgerstone.records.plan.ReadPlan;
import dev.ledgerstone.records.query.Answer;
import dev.ledgerstone.records.request.Media;
import dev.ledgerstone.records.request.Preferences;
import dev.ledgerstone.records.request.Preferences.Count;
import dev.ledgerstone.records.request.Query.Parameter;
import dev.ledgerstone.records.request.RecordsProblem;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/** Answers of reading requests: status, headers and body as PostgREST has them. */
final class Answers {
  private static final HeaderName CONTENT_RANGE = HeaderNames.create("Content-Range");
  private static final HeaderName CONTENT_LOCATION = HeaderNames.create("Content-Location");
  private static final HeaderName PREFERENCE_APPLIED = HeaderNames.create("Preference-Applied");

  /** PostgREST's, and who asks: the tenant stands in no address. */
  private static final Header DEPENDS =
      HeaderValues.createCached(
          HeaderNames.VARY, "Accept, Prefer, Range, Authorization, apikey, x-api-key, Cookie");

  private static final HeaderName NEXT_CURSOR = HeaderNames.create("X-Next-Cursor");
  private static final HeaderName LINK = HeaderNames.create("Link");
  private static final Set<String> HEEDED = Set.of("count", "handling", "timezone", "deleted");

  private Answers() {}

  static void send(
      ServerRequest request,
      ServerResponse response,
      List<Parameter> parameters,
      ReadPlan plan,
      Preferences preferences,
      Media media,
      Answer answer) {
    if (head(request, response, parameters, plan, preferences, media, answer)) {
      body(request, response, plan, media, answer);
    }
  }

  /**
   * Says all but the body.
   *
   * @return whether a body is wanted; if not, the answer is sent
   */
  static boolean head(
      ServerRequest request,
      ServerResponse response,
      List<Parameter> parameters,
      ReadPlan plan,
      Preferences preferences,
      Media media,
      Answer answer) {
    if (media.form() == Media.Form.OBJECT && answer.rows() != 1) {
      throw new RecordsProblem.NotSingular(answer.rows()).exception();
    }
    long offset = plan.root().page().offset();
    if (plan.count() == Count.EXACT
        && answer.total().isPresent()
        && offset > answer.total().getAsLong()) {
      throw new RecordsProblem.BadRange(
              "An offset of %d was requested, but there are only %d rows."
                  .formatted(offset, answer.total().getAsLong()),
              answer.total().getAsLong())
          .exception();
    }
    boolean isPart = answer.total().isPresent() && answer.rows() < answer.total().getAsLong();
    response.status(isPart ? Status.PARTIAL_CONTENT_206 : Status.OK_200);
    response.header(DEPENDS);
    response.header(CONTENT_RANGE, range(offset, answer.rows(), answer.total()));
    response.header(HeaderNames.CONTENT_TYPE, media.contentType());
    preferences.applied(HEEDED).ifPresent(it -> response.header(PREFERENCE_APPLIED, it));
    if (!request.prologue().method().equals(Method.POST)) {
      response.header(CONTENT_LOCATION, location(request, parameters));
    }
    answer
        .cursor()
        .ifPresent(
            it -> {
              response.header(NEXT_CURSOR, it);
              response.header(LINK, "<" + next(request, parameters, it) + ">; rel=\"next\"");
            });
    if (answer.version().isPresent() && media.form() != Media.Form.CSV) {
      String tag = "\"" + answer.version().getAsLong() + "\"";
      response.header(HeaderNames.ETAG, tag);
      if (isKnown(request, tag)) {
        response.status(Status.NOT_MODIFIED_304);
        response.send();
        return false;
      }
    }
    return true;
  }

  private static void body(
      ServerRequest request, ServerResponse response, ReadPlan plan, Media media, Answer answer) {
    if (request.prologue().method().equals(Method.HEAD)) {
      response.send();
      return;
    }
    response.send(
        switch (media.form()) {
          case ARRAY -> answer.body();
          case OBJECT -> Arrays.copyOfRange(answer.body(), 1, answer.body().length - 1);
          case CSV -> Csv.of(answer.body(), plan.root().items().stream().map(Item::name).toList());
        });
  }

  /** {@code 0-9/100}, {@code 0-9/*}, or without rows {@code *}{@code /100}. */
  private static String range(long offset, long rows, OptionalLong total) {
    return (rows == 0 ? "*" : offset + "-" + (offset + rows - 1))
        + "/"
        + (total.isPresent() ? Long.toString(total.getAsLong()) : "*");
  }

  /** If-None-Match compares weakly (RFC 9110, section 13.1.2). */
  private static boolean isKnown(ServerRequest request, String tag) {
    return request.headers().contains(HeaderNames.IF_NONE_MATCH)
        && request.headers().get(HeaderNames.IF_NONE_MATCH).allValues(true).stream()
            .map(it -> it.strip().replaceFirst("^W/", ""))
            .anyMatch(it -> it.equals(tag) || it.equals("*"));
  }

  /** The address with its parameters in the order of their names. */
  private static String location(ServerRequest request, List<Parameter> parameters) {
    return address(
        request,
        parameters.size() < 2
            ? parameters
            : parameters.stream().sorted(Comparator.comparing(Parameter::name)).toList());
  }

  private static String next(ServerRequest request, List<Parameter> parameters, String cursor) {
    List<Parameter> next =
        parameters.stream()
            .map(it -> it.name().equals("cursor") ? new Parameter("cursor", cursor) : it)
            .toList();
    return address(request, next);
  }

  private static String address(ServerRequest request, List<Parameter> parameters) {
    String path = request.prologue().uriPath().rawPath();
    StringBuilder address = new StringBuilder(path);
    char before = '?';
    for (Parameter each : parameters) {
      address.append(before).append(encoded(each.name())).append('=').append(encoded(each.value()));
      before = '&';
    }
    return address.toString();
  }

  private static String encoded(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!isPlain(text.charAt(i))) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
            .replace("+", "%20")
            .replace("%2C", ",");
      }
    }
    return text;
  }

  /** Whether a character stands for itself, as almost all do that are asked for. */
  private static boolean isPlain(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '-'
        || c == '_'
        || c == '*'
        || c == ',';
  }
}

package dev.ledgerstone.http.openapi;

import dev.ledgerstone.http.Json;
import dev.ledgerstone.problem.RequestProblem;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.BitSet;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code /openapi.json}, and {@code /docs}, where people read it. */
public final class OpenApiRoutes implements HttpService {
  /** Callers differ by their permissions, and of those sets there are few. */
  private static final int MOST_DOCUMENTS = 32;

  private static final String CREDENTIALS = "Authorization, apikey, x-api-key, Cookie";

  /** Nothing but the viewer's own files, and calls of this server. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
          + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /** Says who is asking; empty: somebody without a credential. */
  @FunctionalInterface
  public interface Gate {
    Optional<Viewer> viewer(ServerRequest request);
  }

  private final Supplier<Description> maker;
  private final Gate gate;
  private final Page html = Page.ofResource("text/html; charset=utf-8", "viewer.html");
  private final Page script = Page.ofResource("text/javascript; charset=utf-8", "viewer.js");
  private final Page style = Page.ofResource("text/css; charset=utf-8", "viewer.css");

  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Description description;
  private @Nullable ProblemPages problems;
  private final Map<BitSet, Page> documents = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param fragments asked at the first request
   * @param served the routes of the server; asked at the first request, when all of them stand
   */
  public OpenApiRoutes(
      String version,
      Supplier<List<Fragment>> fragments,
      Supplier<Collection<String>> served,
      Gate gate) {
    this.maker = () -> new Description(version, fragments.get(), served.get());
    this.gate = gate;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .get("/openapi.json", this::document)
        .get("/docs", this::viewer)
        .get("/docs/problems", (request, response) -> page(problems().all(), request, response))
        .get("/docs/problems/{code}", this::problem)
        .get("/docs/viewer.js", (request, response) -> script.send(request, response, ""))
        .get("/docs/viewer.css", (request, response) -> style.send(request, response, ""));
  }

  private void document(ServerRequest request, ServerResponse response) {
    document(gate.viewer(request).orElse(Viewer.EVERYBODY)).send(request, response, CREDENTIALS);
  }

  private void viewer(ServerRequest request, ServerResponse response) {
    page(html, request, response);
  }

  private void problem(ServerRequest request, ServerResponse response) {
    String code = request.path().pathParameters().get("code");
    Page page =
        problems()
            .one(code)
            .orElseThrow(() -> new RequestProblem.NotFound("problem", code).exception());
    page(page, request, response);
  }

  /** Made when somebody first asks: a start is not to wait for it. */
  private ProblemPages problems() {
    lock.lock();
    try {
      ProblemPages made = problems;
      if (made == null) {
        made = ProblemPages.ofResource();
        problems = made;
      }
      return made;
    } finally {
      lock.unlock();
    }
  }

  private static void page(Page page, ServerRequest request, ServerResponse response) {
    response.header("Content-Security-Policy", POLICY);
    response.header("Referrer-Policy", "no-referrer");
    page.send(request, response, "");
  }

  private Page document(Viewer viewer) {
    lock.lock();
    try {
      Description whole = description;
      if (whole == null) {
        whole = maker.get();
        description = whole;
      }
      BitSet grants = new BitSet();
      List<String> permissions = whole.permissions();
      for (int i = 0; i < permissions.size(); i++) {
        grants.set(i, viewer.may(permissions.get(i)));
      }
      Page page = documents.get(grants);
      if (page == null) {
        page = Page.of("application/json", Json.bytes(whole.document(viewer)));
        documents.put(grants, page);
        if (documents.size() > MOST_DOCUMENTS) {
          documents.remove(documents.keySet().iterator().next());
        }
      }
      return page;
    } finally {
      lock.unlock();
    }
  }
}

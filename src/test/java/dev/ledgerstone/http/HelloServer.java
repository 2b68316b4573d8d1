package dev.ledgerstone.http;

import dev.ledgerstone.settings.ServerSettings;
import dev.ledgerstone.settings.ServerSettings.RequestLogFormat;
import io.helidon.http.HeaderValues;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The least that the server can do, for a load generator to measure: {@code wrk -c64 -t1 -d10
 * http://127.0.0.1:PORT/hello}. An argument is the port.
 */
final class HelloServer {
  private HelloServer() {}

  public static void main(String[] args) throws InterruptedException {
    byte[] hello = "{\"hello\":\"world\"}".getBytes(StandardCharsets.US_ASCII);
    Metrics metrics = new Metrics();
    HttpServer server =
        new HttpServer(
            ServerSettings.defaults().withPort(Integer.parseInt(args[0])),
            List.of(
                RouteGroup.of(
                    "",
                    ErrorShape.RFC9457,
                    rules ->
                        rules
                            .get(
                                "/hello",
                                (_, response) ->
                                    response.header(HeaderValues.CONTENT_TYPE_JSON).send(hello))
                            .post(
                                "/echo",
                                (request, response) ->
                                    response.send(Bodies.read(request, 1 << 20)))),
                RouteGroup.of("", ErrorShape.RFC9457, new OperationsRoutes(metrics, List.of()))),
            metrics,
            new RequestLog(RequestLogFormat.LOGFMT, OutputStream.nullOutputStream()));
    server.start();
    System.out.println("listening on http://127.0.0.1:" + server.port());
    Thread.currentThread().join();
  }
}

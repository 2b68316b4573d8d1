package dev.ledgerstone.gateway;

import dev.ledgerstone.access.Caller;
import dev.ledgerstone.access.Identity;
import dev.ledgerstone.access.Permissions;
import dev.ledgerstone.gateway.media.ImageEditRequest;
import dev.ledgerstone.gateway.media.ImagesRequest;
import dev.ledgerstone.gateway.media.MediaRequest;
import dev.ledgerstone.gateway.media.ModerationRequest;
import dev.ledgerstone.gateway.media.SpeechRequest;
import dev.ledgerstone.gateway.media.TranscriptionRequest;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.http.Bodies;
import dev.ledgerstone.ledger.RequestType;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI's API of what is no dialogue: {@code /v1/images/generations}, {@code /images/edits},
 * {@code /images/variations}, {@code /audio/speech}, {@code /audio/transcriptions}, {@code
 * /audio/translations}, {@code /moderations}.
 */
public final class MediaRoutes implements HttpService {
  private final Gateway gateway;
  private final Identity identity;
  private final int maxBodyBytes;

  public MediaRoutes(Gateway gateway, Identity identity, int maxBodyBytes) {
    this.gateway = gateway;
    this.identity = identity;
    this.maxBodyBytes = maxBodyBytes;
  }

  @Override
  public void routing(HttpRules rules) {
    rules
        .post(
            "/images/generations",
            (req, res) -> call(RequestType.IMAGE, req, res, ImagesRequest::of))
        .post("/images/edits", (req, res) -> changed(Endpoint.IMAGE_EDITS, req, res))
        .post("/images/variations", (req, res) -> changed(Endpoint.IMAGE_VARIATIONS, req, res))
        .post("/audio/speech", (req, res) -> call(RequestType.SPEECH, req, res, SpeechRequest::of))
        .post("/audio/transcriptions", (req, res) -> heard(Endpoint.TRANSCRIPTIONS, req, res))
        .post("/audio/translations", (req, res) -> heard(Endpoint.TRANSLATIONS, req, res))
        .post(
            "/moderations",
            (req, res) -> call(RequestType.MODERATION, req, res, ModerationRequest::of));
  }

  private void changed(Endpoint endpoint, ServerRequest request, ServerResponse response) {
    String contentType = contentType(request);
    call(
        RequestType.IMAGE,
        request,
        response,
        body -> ImageEditRequest.of(endpoint, contentType, body));
  }

  private static @Nullable String contentType(ServerRequest request) {
    return request.headers().first(HeaderNames.CONTENT_TYPE).orElse(null);
  }

  private void heard(Endpoint endpoint, ServerRequest request, ServerResponse response) {
    String contentType = contentType(request);
    call(
        RequestType.TRANSCRIPTION,
        request,
        response,
        body -> TranscriptionRequest.of(endpoint, contentType, body));
  }

  private void call(
      RequestType type,
      ServerRequest request,
      ServerResponse response,
      Function<byte[], MediaRequest> reader) {
    Caller caller = identity.of(request);
    caller.require(Permissions.CALL_MODELS);
    byte[] body = Bodies.read(request, maxBodyBytes);
    gateway.serve(
        type, new MediaFormat(reader.apply(body)), body, CallHeaders.of(request), caller, response);
  }
}

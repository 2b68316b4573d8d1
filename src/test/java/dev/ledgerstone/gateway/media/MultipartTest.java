package dev.ledgerstone.gateway.media;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ledgerstone.gateway.dialogue.Destination;
import dev.ledgerstone.gateway.provider.Endpoint;
import dev.ledgerstone.problem.ProblemException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MultipartTest {
  private static final String BODY =
      """
      --b
      Content-Disposition: form-data; name="file"; filename="Grüße.wav"
      Content-Type: audio/wav

      \1--b
      --b
      content-disposition: form-data; name=model

      whisper-1
      --b--
      """
          .replace("\n", "\r\n");

  private static TranscriptionRequest read(String body, String boundary) {
    return TranscriptionRequest.of(
        Endpoint.TRANSCRIPTIONS,
        "multipart/form-data; boundary=" + boundary,
        body.getBytes(UTF_8));
  }

  @Test
  void onlyTheModelIsChanged() {
    byte[] passed =
        read(BODY, "b").passed(new Destination("CUSTOM", "other", null, 1));

    assertThat(new String(passed, UTF_8)).isEqualTo(BODY.replace("whisper-1", "other"));
  }

  @Test
  void aRequestWithAnotherBoundaryIsTheSame() {
    String again = BODY.replace("--b\r", "--other\r").replace("--b--", "--other--");
    String different = BODY.replace("whisper-1", "whisper-2");

    // The sound holds the first boundary's letters: they are its own.
    assertThat(read(BODY.replace("\1--b", "\1"), "b").identity())
        .isEqualTo(
            read(again.replace("\1--other", "\1"), "other").identity())
        .isNotEqualTo(read(different.replace("\1--b", "\1"), "b").identity());
  }

  @Test
  void theSoundIsNotKept() {
    assertThat(new String(read(BODY, "b").kept(), UTF_8)).isEqualTo("{\"model\":\"whisper-1\"}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--b",
        "--b\r\n\r\n\r\n",
        "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
        "--b\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\nx\r\n--b--\r\n",
        "--c\r\nContent-Disposition: form-data; name=model\r\n\r\nx\r\n--c--\r\n"
      })
  void whatIsNotWholeIsRefused(String body) {
    assertThatThrownBy(() -> read(body, "b")).isInstanceOf(ProblemException.class);
    assertThatThrownBy(
            () ->
                TranscriptionRequest.of(
                    Endpoint.TRANSCRIPTIONS, "application/json", body.getBytes(ISO_8859_1)))
        .isInstanceOf(ProblemException.class);
  }
}

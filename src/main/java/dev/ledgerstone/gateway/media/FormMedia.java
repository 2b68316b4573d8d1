package dev.ledgerstone.gateway.media;

import dev.ledgerstone.gateway.dialogue.Destination;
import dev.ledgerstone.gateway.provider.Endpoint;

/** A call whose request comes in parts, with files; as {@link JsonMedia} is of those in JSON. */
abstract sealed class FormMedia implements MediaRequest
    permits TranscriptionRequest, ImageEditRequest {
  private final Endpoint endpoint;
  private final Form form;

  FormMedia(Endpoint endpoint, Form form) {
    this.endpoint = endpoint;
    this.form = form;
  }

  final Form form() {
    return form;
  }

  @Override
  public final Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public final byte[] body() {
    return form.bytes();
  }

  @Override
  public final byte[] identity() {
    return form.identity();
  }

  /** The fields, without the files. */
  @Override
  public final byte[] kept() {
    return form.fields();
  }

  @Override
  public final String contentType() {
    return form.contentType();
  }

  @Override
  public final String model() {
    return form.model();
  }

  @Override
  public final boolean isStream() {
    return form.isStream();
  }

  @Override
  public final byte[] passed(Destination destination) {
    return form.of(destination.model());
  }
}

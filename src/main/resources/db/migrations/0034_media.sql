-- What is neither made of tokens nor of requests: images, characters that are spoken, seconds that are heard. And what
-- /v1/responses must give back as it gave it out.

-- @up
alter table model_prices add column character_picos bigint
  constraint model_prices_character_check check (character_picos is null or character_picos >= 0);
alter table model_prices add column second_picos bigint
  constraint model_prices_second_check check (second_picos is null or second_picos >= 0);
comment on column model_prices.image_picos is 'Per image made; of a size and quality, where the row''s model is named so: dall-e-3:hd:1024x1792';
comment on column model_prices.character_picos is 'Per character of a text that is spoken; null: nothing beyond its tokens';
comment on column model_prices.second_picos is 'Per second of audio that is heard, by the millisecond; null: nothing beyond its tokens';

alter table ai_requests add column images bigint default 0 not null
  constraint ai_requests_images_check check (images >= 0);
alter table ai_requests add column characters bigint default 0 not null
  constraint ai_requests_characters_check check (characters >= 0);
alter table ai_requests add column audio_millis bigint default 0 not null
  constraint ai_requests_audio_millis_check check (audio_millis >= 0);
comment on column ai_requests.images is 'Images made';
comment on column ai_requests.characters is 'Characters spoken, where the model is priced by them';
comment on column ai_requests.audio_millis is 'Audio heard, where the model is priced by its length';

alter table messages add column api_item jsonb;
comment on column messages.api_item is 'The response of /v1/responses, or the item of its input, as its caller sees it; null: a turn of another API [server]';

-- @down
alter table messages drop column api_item;
comment on column model_prices.image_picos is null;
alter table ai_requests drop column audio_millis;
alter table ai_requests drop column characters;
alter table ai_requests drop column images;
alter table model_prices drop column second_picos;
alter table model_prices drop column character_picos;
-- @end

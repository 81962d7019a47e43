from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True


async def upgrade(db: BaseDBAsyncClient) -> str:
    return """
        CREATE TABLE "dataset" (
    "id" UUID NOT NULL PRIMARY KEY,
    "name" VARCHAR(200) NOT NULL,
    "row_count" BIGINT NOT NULL,
    "columns" JSONB NOT NULL,
    "identifier" TEXT,
    "import_report" JSONB NOT NULL,
    "checksum" VARCHAR(64) NOT NULL,
    "size_in_bytes" BIGINT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL
);
CREATE INDEX "idx_dataset_name_6c4fb9" ON "dataset" ("name", "id");
COMMENT ON TABLE "dataset" IS 'A table of customers; the table itself is in the storage, under `folder`.';
CREATE TABLE "installation" (
    "id" INT NOT NULL PRIMARY KEY,
    "identity" UUID NOT NULL
);
COMMENT ON TABLE "installation" IS 'The database''s identity, in its only row: the storage knows by it whose files it has.';
CREATE TABLE "job" (
    "id" UUID NOT NULL PRIMARY KEY,
    "kind" VARCHAR(32) NOT NULL,
    "status" VARCHAR(32) NOT NULL,
    "attempt" INT NOT NULL,
    "owner" UUID,
    "beat_at" TIMESTAMPTZ,
    "cancel_requested" BOOL NOT NULL,
    "stage" VARCHAR(32) NOT NULL,
    "fraction" DOUBLE PRECISION NOT NULL,
    "message" TEXT NOT NULL,
    "version" INT NOT NULL,
    "failure_code" VARCHAR(32),
    "failure_message" TEXT,
    "created_at" TIMESTAMPTZ NOT NULL,
    "started_at" TIMESTAMPTZ,
    "finished_at" TIMESTAMPTZ
);
CREATE INDEX "idx_job_status_0ab366" ON "job" ("status", "kind", "id");
COMMENT ON TABLE "job" IS 'A piece of work, who does it, and how far it is.';
CREATE TABLE "clustering_run" (
    "id" UUID NOT NULL PRIMARY KEY,
    "algorithm" VARCHAR(32) NOT NULL,
    "parameters" JSONB NOT NULL,
    "fingerprint" VARCHAR(64) NOT NULL,
    "metrics" JSONB,
    "selection" JSONB,
    "imputed" JSONB,
    "explained_variance" JSONB,
    "feature_importance" JSONB,
    "created_at" TIMESTAMPTZ NOT NULL,
    "dataset_id" UUID NOT NULL REFERENCES "dataset" ("id") ON DELETE CASCADE,
    "match_to_id" UUID REFERENCES "clustering_run" ("id") ON DELETE SET NULL,
    "job_id" UUID NOT NULL UNIQUE REFERENCES "job" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_clustering__match_t_864bb5" ON "clustering_run" ("match_to_id");
CREATE INDEX "idx_clustering__dataset_541955" ON "clustering_run" ("dataset_id", "id");
CREATE INDEX "idx_clustering__dataset_c2a8fb" ON "clustering_run" ("dataset_id", "fingerprint");
COMMENT ON TABLE "clustering_run" IS 'A training of a dataset, and what it found. Its state is the job''s.';
CREATE TABLE "segment" (
    "id" UUID NOT NULL PRIMARY KEY,
    "index" INT NOT NULL,
    "name" VARCHAR(200) NOT NULL,
    "generated_name" VARCHAR(200) NOT NULL,
    "color" VARCHAR(7) NOT NULL,
    "size" BIGINT NOT NULL,
    "share" DOUBLE PRECISION NOT NULL,
    "centroid" JSONB NOT NULL,
    "characteristics" JSONB NOT NULL,
    "rule" JSONB,
    "silhouette" DOUBLE PRECISION,
    "stability" DOUBLE PRECISION,
    "previous_id" UUID REFERENCES "segment" ("id") ON DELETE SET NULL,
    "run_id" UUID NOT NULL REFERENCES "clustering_run" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_segment_run_id_56b375" UNIQUE ("run_id", "index"),
    CONSTRAINT "uid_segment_run_id_2f3a70" UNIQUE ("run_id", "name")
);
CREATE INDEX "idx_segment_previou_aa224f" ON "segment" ("previous_id");
COMMENT ON TABLE "segment" IS 'A group of customers that a run found. `name` is the generated one until somebody gives another.';
CREATE TABLE "recommendation" (
    "id" UUID NOT NULL PRIMARY KEY,
    "position" INT NOT NULL,
    "kind" VARCHAR(32) NOT NULL,
    "title" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "rationale" TEXT NOT NULL,
    "priority" VARCHAR(32) NOT NULL,
    "segment_id" UUID NOT NULL REFERENCES "segment" ("id") ON DELETE CASCADE,
    CONSTRAINT "uid_recommendat_segment_fb53ed" UNIQUE ("segment_id", "position")
);
COMMENT ON TABLE "recommendation" IS 'What to do about a segment. `position` orders those of a segment, best first.';
CREATE TABLE IF NOT EXISTS "aerich" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "version" VARCHAR(255) NOT NULL,
    "app" VARCHAR(100) NOT NULL,
    "content" JSONB NOT NULL
);"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    # aerich's own table stays: it is where the migrations are remembered.
    return """
        DROP TABLE "recommendation";
        DROP TABLE "segment";
        DROP TABLE "clustering_run";
        DROP TABLE "job";
        DROP TABLE "dataset";
        DROP TABLE "installation";"""


MODELS_STATE = (
    "eJztXW1z2zYS/isYfWluRudJ5Lc0vbkZ2VZatY6ds+Vrp02HgkhIQk0RKgDG8aX5711AJM"
    "UXUCL1FkrHL7YFYkHo2cUC+ywAf25MmENccXTp+kISTr3Rne813qDPDQ9PCPxhrtBEDTyd"
    "zh+rAokHrpawo6oWD+oOhOTYlvB0iF1BoMghwuZ0KilTr2u0EVSgHsggNkQYOVhiQWQTYc"
    "9BT2MsEZVoyHzPOUJdKZCQWBJEBZJjgv5gg2/EkXqRw2x4E7SywTZ9j/7pE0uyEYEHHFr+"
    "7Xcopp5DPhGhPn5uDClxHf13I3iLRR0lDD9VZfJpyokQ8GVFKB/g6/muq8B7nmrsGroy9F"
    "t/+NJEC9oewjcjfApfV671ElVx+mjp9yRUH74Gyq1Q9uGhe/VW11RwDyybuf7Em9eePssx"
    "86Lqvk+dIyWjno2IRzhg7MTsQHUtMJywaAY4FEjukwhpZ17gkCH2XWVNjX8Nfc9WRoT0m9"
    "SPk38HXYtVs6yb25513+lZViNjfAE6cdsJimyAUtuQVIh+/jJrdw6ILm2oF1z+0L57cXz2"
    "Dw0BE3LE9UMNV+OLFgTdWXNdzlHG7ohxKseTLNiXY8w7nj/RgHehL9izSQb4RAMp/KH7qy"
    "AfFsyhn4/bENQQtuJAN9JD1AxzY4I/WS7xRnIMH49bC2D/b/tuhnxLI8/Aycx80E3wpKUf"
    "fdEDKQR8ijn8BR5KZBH/8f72xmzeSakUzA61JfoLuVTI6sC9CbtWeKiWJ0L86caBffGu/U"
    "sa88vr24v0AFANXKQUEHdcRps3ayAlVmVLLwx90tbPTgrY+tlJrq2rR0mowWI5tUsZekxk"
    "LSsPnHVVkN61kQviEj0zlcE+IVSjvzr6dDL1FTYlsI+J1MivjjysQl14OXGsj5jTcMFSVA"
    "lm6Vofa0y2BEufEwvMm3FZVh9m6Vofq+vD5kRhY2HD2ucKnkg6IWZdJCXTOghEj8I/9nAx"
    "tEAVve67zn2v/e59Qh9X7V5HPWnp0udU6YuzlI6iRtDP3d4PSH1Ev97edNJqi+r1flUheA"
    "P7klkee7KwE8ckLA6LEmpOh+rFYuik1CZj6eqqdmnoHFvNYmmPLUC9HKopsTVgXe67MhRF"
    "5UH9gw1K4jmX2C3bU0koFXs2fDQyO8FozkL7lnFCR95P5DnD7KQQDdjXq3lL+znw56VzxX"
    "L8FJGOKc8HCMD3JnLGCLTvL9tXnYbRFWwA3Ay1vY9OYCnAKSeYQBj6gG4erq9nXPAA249P"
    "mDtWjlnDqyT1fFiJDJ6z8F8E0m9/uiMuzollt4Z8JWw7xQOMJkQJrIXU/ayVA3IA2tRYix"
    "lNDGaYLF63Hukx+FFwWP84a2Mfp6Glg3k+A5s9ZWIYJ0FWjyatSboEe3ikv67qmOpGauYx"
    "pARjk1J+MjA2BxbKAio5la6zwTOwCeHiO52Om5VTKYg7VCk66uliqMOh303kg7o46g+ZC7"
    "/7xlzg5loumRHUsDXXzgXWabqvmqYLtVg0WxHWP8A0RevlywJ5CqiVm6jQz5JhCIf42ma+"
    "KSV0QUddT5phToilsKZ7OWFCf+HXP79ttY6Pz1svj89en56cn5++fvka6uoeZx+dL9DHRf"
    "f77k0vqQlVkKKlNKKlEkUxkToduk6uwoGVHYXX8Sz6PZgA8vx4XGolL1PN5bSR/uv80luM"
    "e8T+Xd/efB9WTysjkyNiXFqcqF8lM0VJwdr81yHEx8R+FH7O9pcc1xOTOcAJdvP7AAT9H7"
    "GoBxG7JKZQdMEMmxGtZ9nVZ9k6+XOoyZ8MD1yESuO+acm1TQqtomovQg9tjtTQ5JEbQGtg"
    "NhLPm4voDZquuZTj6I2J3ok8wIJ8I9BsGSefm4p4oFIg5rnPCKKaN3EaAj2CqQk0eFZblp"
    "/GTBA0pC4R6uMYG/Y+b+0ty7mPUjxF7qxjpClWnGq+KqUXTDStVyfnJ6+Pz06i+SUqWTSt"
    "hFNIPi8RqrYcBzSXqZPMpiRevvPepl9SlLXBHQVMdr4XCujyIgTrlBJb06BPjD821ShHDt"
    "NDfHYuYsyeQJirIU+NZyrKNfDB++D12ROYUT88WdF+30VTzmwi1GcskcPpx5mTUfL9ASx0"
    "YJnT137KxUIiQUeeeqNLh+TNBw97TLmeeSP4EcTZRyjSpzrAVaEBIR7IwYpaHfHgyGVq77"
    "B634zedQk4RuhdH0tJJlN4myaRhO4+G0riaR+oWxr53nfoicoxir6JRJK4roAOI+Y6s2/A"
    "P3gyOFQS9QBCRBfbxDlCfaigON8+GnHlZHV7BAqfkQ2dAueLke1S1V8bWhWErEI1qyMsvr"
    "aNR6hSk877TjqHWlzlWEgoW+X4uCInQubDZhWg59K7g7rxn4fOQ+eqpDVXBO7A55ZYDcYk"
    "dsc+vKz0inAOp56UynjjSGCrO+H2ZOkXRzJYepTlZmJiGyBm9gfZveBlEvSb8t+uxQkgK4"
    "zHQy4Yg6Whl8PBGcRTCh+A/Lb8UVSyWy1f3N5eJxR80U0nVx7eXXTuXrzSmoVKVObQnzBT"
    "jkol0SOBKi9iViT5Nz+vDlXwZzxx9tZlOGdqjQulUB4qqa3Nrkfbml8XwHp1+3Bx3UHv7z"
    "qX3ftukMyKXJR+mLThu077OnOkUgijGefnamMiO1wifoVQZyt52iByLrFcjEnUy8W0Ex5i"
    "6qojXTZzcnzx8pAn3UaFtx9UJOYJEVvBexhEK4x3Zd1InXtdSRX7tsYHj8VXU3NSso7kqq"
    "zlIfWoGK+k5pRoreeq6XlbybjEtgtD6B9IhcdM/n+PL5XMWt4Rm00mxHNy91OkajQX5TJ5"
    "tu7StObPKu8mVSIS4QHzJcIoOHZ1hPpgklTqzBvjDgQGSOqdDfpKuKBWEw2IkGhIuZDZnO"
    "fGWzck9X4Lz4kFg0i32fh9na0VdTZu09m4SC8ZrHMj0bjIIe2b3Fg0Wmc4dxJ+SirdUkFn"
    "JFBlcCsba+bxsPl455KwNeBFAOd6tYDL2XhCqIZ9BdinnKqrRw2bD4t58Lh8lRVQES8erB"
    "FLXteSlKr3ey6+tCW2Dk/l0MreK3J4dzY0U9cQJC2rwFUEO9tJG2JvCEZjasmPQmNWUGRX"
    "7Ygzf5q4XGC2tRUj7nvhHeN91ZFoG2xkEoh5BPmepC4SIDpgzjMa6R2xwUZX0y7c7b/QGK"
    "QGxIk2S7WvNCrRGNfhaqXC1ZmWMkDnH7kI69eBqiFQre9/2O79DxEiVlmks5I15sUwBwyZ"
    "YefognPXocABIrzIHYT4nueie246cW1IMiw5aH1o7nfH56sFWK4B9QXb3yKJXe59+zox0S"
    "Y2v9mwKObMtH5bcE9MTKa+KWOtmzKwCkQIB7hK/lMHg2itijVUwX0T1ZiPf1i/vjl9jf+o"
    "Qd0x84mUJT18QmxFN78/0G/CywuJB9Q18rqLgI5L1TgXwHnKyUfKfFGS0E2J1feZp1yzVx"
    "LPuURNji8mx40bp7Z+4XZFoV1Kj8/tavl95uGY3mneoZLDfymsKfe3xk3myb1ma97ElN3k"
    "diBmnaKMNnX5+ybNtBo4bTOh1QZ/aY8bhnxW8KS5KJ2F53WWZbPyYaja1U+BWayX6Kl8Bi"
    "I/v5N7Li6fv80/GHcIDG7r9LQIR356ms+Rq2eprVwwqEogHFQ/QHRfFcpAvFqQgXhlykB4"
    "0rjbYtG105FITWGVpFO2dbSi0GT25W+V9KLC"
)

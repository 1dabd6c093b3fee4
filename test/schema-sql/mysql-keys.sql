SET FOREIGN_KEY_CHECKS = 0;

CREATE TABLE `envelope_jobs` (
  `id` BINARY(16) NOT NULL,
  `job` VARCHAR(255) NOT NULL,
  `state` LONGBLOB NOT NULL,
  `changed_at` DATETIME(3) NOT NULL,
  PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `data_keys` (
  `id` BINARY(16) NOT NULL,
  `owner` BINARY(16) NOT NULL,
  `seq` BIGINT NOT NULL,
  `section` VARBINARY(6500) NOT NULL,
  `wrap_tag` BINARY(12) NOT NULL,
  `cmk` VARCHAR(255) NULL,
  `tenant` VARCHAR(255) NOT NULL,
  `scope` VARCHAR(191) NOT NULL,
  `created_at` DATETIME(3) NOT NULL,
  `retired_at` DATETIME(3) NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `data_keys_owner_seq_key` (`owner`, `seq`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `data_key_counts` (
  `id` BINARY(16) NOT NULL,
  `reserved` BIGINT NOT NULL,
  PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

SET FOREIGN_KEY_CHECKS = 1;

SET FOREIGN_KEY_CHECKS = 0;

CREATE TABLE `Tenant` (
  `id` VARCHAR(191) NOT NULL,
  `name` VARCHAR(191) NOT NULL,
  PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `clinics` (
  `id` VARCHAR(191) NOT NULL,
  `tenant_id` VARCHAR(191) NOT NULL,
  `name` VARCHAR(191) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `clinics_tenant_id_id_key` (`tenant_id`, `id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Room` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `label` VARCHAR(191) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `Room_label_key` (`label`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Tag` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `name` VARCHAR(191) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `Tag_name_key` (`name`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Parcel` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `tenantId` VARCHAR(191) NOT NULL DEFAULT '',
  `state` LONGTEXT NOT NULL DEFAULT 'new',
  `stateIndex` VARBINARY(16) NULL,
  `remark` LONGTEXT NULL DEFAULT '',
  `stamp` LONGBLOB NOT NULL DEFAULT X'000102',
  `weight` INTEGER NOT NULL DEFAULT 1,
  `parentId` INTEGER NULL,
  PRIMARY KEY (`id`),
  INDEX `Parcel_stateIndex_idx` (`stateIndex`),
  CONSTRAINT `Parcel_parentId_fkey` FOREIGN KEY (`parentId`) REFERENCES `Parcel` (`id`) ON DELETE NO ACTION ON UPDATE NO ACTION
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Ticket` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `tenantId` VARCHAR(191) NOT NULL DEFAULT '',
  `uuid` LONGTEXT NOT NULL,
  `uuid7` LONGTEXT NOT NULL,
  `cuid` LONGTEXT NOT NULL,
  `cuid2` LONGTEXT NOT NULL,
  `ulid` LONGTEXT NOT NULL,
  `nanoid` LONGTEXT NOT NULL,
  `short` LONGTEXT NOT NULL,
  PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Pass` (
  `codeIndex` VARBINARY(16) NOT NULL DEFAULT X'',
  `tenantId` VARCHAR(191) NOT NULL DEFAULT '',
  `code` LONGTEXT NOT NULL,
  `holder` VARCHAR(191) NULL,
  PRIMARY KEY (`codeIndex`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Note` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `title` VARCHAR(191) NULL,
  `body` LONGTEXT NOT NULL,
  `roomId` INTEGER NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `Note_roomId_fkey` FOREIGN KEY (`roomId`) REFERENCES `Room` (`id`) ON DELETE SET NULL ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Account` (
  `orgId` INTEGER NOT NULL,
  `number` INTEGER NOT NULL,
  `iban` LONGTEXT NOT NULL,
  `ibanIndex` VARBINARY(16) NULL,
  `balance` INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (`orgId`, `number`),
  UNIQUE INDEX `Account_orgId_ibanIndex_key` (`orgId`, `ibanIndex`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Login` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `tenantId` VARCHAR(191) NOT NULL DEFAULT '',
  `email` LONGTEXT NULL,
  `emailIndex` VARBINARY(16) NULL,
  `login_index` VARBINARY(16) NULL,
  `emailFirst` VARBINARY(16) NULL,
  `emailDomain` VARBINARY(16) NULL,
  `phone` LONGTEXT NULL,
  `phoneIndex` VARBINARY(16) NULL,
  `phoneExact` VARBINARY(16) NULL,
  `phoneLast` VARBINARY(16) NULL,
  `phone_first` VARBINARY(16) NULL,
  `badge` LONGBLOB NULL,
  `badgeIndex` VARBINARY(16) NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `Login_emailIndex_key` (`emailIndex`),
  UNIQUE INDEX `Login_login_index_key` (`login_index`),
  UNIQUE INDEX `Login_phoneExact_key` (`phoneExact`),
  UNIQUE INDEX `Login_badgeIndex_key` (`badgeIndex`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `patients` (
  `id` VARCHAR(191) NOT NULL,
  `tenant_id` VARCHAR(191) NOT NULL DEFAULT '',
  `email_sealed` LONGTEXT NOT NULL,
  `email_index` VARBINARY(16) NULL,
  `ssn` LONGTEXT NULL,
  `notes` JSON NULL,
  `photo_sealed` LONGBLOB NULL,
  `age` INTEGER NOT NULL DEFAULT 0,
  `status` ENUM('ACTIVE', 'ARCHIVED') NOT NULL DEFAULT 'ACTIVE',
  `created_at` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  `updated_at` DATETIME(3) NOT NULL,
  `clinic_id` VARCHAR(191) NULL,
  `mentor_id` VARCHAR(191) NULL,
  PRIMARY KEY (`id`),
  INDEX `patients_clinic_id_idx` (`clinic_id`),
  UNIQUE INDEX `patients_tenant_id_id_key` (`tenant_id`, `id`),
  CONSTRAINT `patients_tenant_id_clinic_id_fkey` FOREIGN KEY (`tenant_id`, `clinic_id`) REFERENCES `clinics` (`tenant_id`, `id`) ON DELETE RESTRICT ON UPDATE CASCADE,
  CONSTRAINT `patients_mentor_id_fkey` FOREIGN KEY (`mentor_id`) REFERENCES `patients` (`id`) ON DELETE NO ACTION ON UPDATE NO ACTION
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Record` (
  `id` VARCHAR(191) NOT NULL,
  `tenantId` VARCHAR(191) NOT NULL DEFAULT '',
  `patientId` VARCHAR(191) NOT NULL,
  `data` JSON NOT NULL,
  `where` LONGTEXT NULL,
  `set` VARCHAR(191) NULL,
  `select` LONGTEXT NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `Record_patientId_key` (`patientId`),
  CONSTRAINT `Record_patientId_fkey` FOREIGN KEY (`patientId`) REFERENCES `patients` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `visits` (
  `id` INTEGER NOT NULL AUTO_INCREMENT,
  `tenant_id` VARCHAR(191) NOT NULL,
  `reason` LONGTEXT NOT NULL,
  `started_at` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  `patient_id` VARCHAR(191) NOT NULL,
  `room_id` INTEGER NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `visits_tenant_id_patient_id_fkey` FOREIGN KEY (`tenant_id`, `patient_id`) REFERENCES `patients` (`tenant_id`, `id`) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT `visits_room_id_fkey` FOREIGN KEY (`room_id`) REFERENCES `Room` (`id`) ON DELETE SET NULL ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Desk` (
  `id` VARCHAR(191) NOT NULL,
  `tenantId` VARCHAR(191) NOT NULL,
  `label` VARCHAR(191) NOT NULL,
  PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `Staff` (
  `id` VARCHAR(191) NOT NULL,
  `tenantId` VARCHAR(191) NOT NULL,
  `name` VARCHAR(191) NOT NULL,
  `pin` LONGTEXT NULL,
  `deskId` VARCHAR(191) NULL,
  PRIMARY KEY (`id`),
  UNIQUE INDEX `Staff_deskId_key` (`deskId`),
  CONSTRAINT `Staff_deskId_fkey` FOREIGN KEY (`deskId`) REFERENCES `Desk` (`id`) ON DELETE SET NULL ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `_PatientToTag` (
  `A` VARCHAR(191) NOT NULL,
  `B` INTEGER NOT NULL,
  UNIQUE INDEX `_PatientToTag_AB_unique` (`A`, `B`),
  INDEX `_PatientToTag_B_index` (`B`),
  CONSTRAINT `_PatientToTag_A_fkey` FOREIGN KEY (`A`) REFERENCES `patients` (`id`) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT `_PatientToTag_B_fkey` FOREIGN KEY (`B`) REFERENCES `Tag` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `_NoteToTag` (
  `A` INTEGER NOT NULL,
  `B` INTEGER NOT NULL,
  UNIQUE INDEX `_NoteToTag_AB_unique` (`A`, `B`),
  INDEX `_NoteToTag_B_index` (`B`),
  CONSTRAINT `_NoteToTag_A_fkey` FOREIGN KEY (`A`) REFERENCES `Note` (`id`) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT `_NoteToTag_B_fkey` FOREIGN KEY (`B`) REFERENCES `Tag` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

CREATE TABLE `_usage` (
  `A` VARCHAR(191) NOT NULL,
  `B` VARCHAR(191) NOT NULL,
  UNIQUE INDEX `_usage_AB_unique` (`A`, `B`),
  INDEX `_usage_B_index` (`B`),
  CONSTRAINT `_usage_A_fkey` FOREIGN KEY (`A`) REFERENCES `Desk` (`id`) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT `_usage_B_fkey` FOREIGN KEY (`B`) REFERENCES `Staff` (`id`) ON DELETE CASCADE ON UPDATE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

SET FOREIGN_KEY_CHECKS = 1;
